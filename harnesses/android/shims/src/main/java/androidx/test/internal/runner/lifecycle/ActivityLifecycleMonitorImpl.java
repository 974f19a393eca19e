package androidx.test.internal.runner.lifecycle;

import android.app.Activity;
import androidx.test.runner.lifecycle.ActivityLifecycleCallback;
import androidx.test.runner.lifecycle.ActivityLifecycleMonitor;
import androidx.test.runner.lifecycle.Stage;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;

/** At which stage each activity is, as Robolectric's own instrumentation tells it. */
public final class ActivityLifecycleMonitorImpl implements ActivityLifecycleMonitor {
  private final List<ActivityLifecycleCallback> callbacks = new ArrayList<>();
  private final Map<Activity, Stage> stages = new WeakHashMap<>();

  @Override
  public void addLifecycleCallback(ActivityLifecycleCallback callback) {
    callbacks.add(callback);
  }

  @Override
  public void removeLifecycleCallback(ActivityLifecycleCallback callback) {
    callbacks.remove(callback);
  }

  @Override
  public Stage getLifecycleStageOf(Activity activity) {
    return stages.get(activity);
  }

  @Override
  public Collection<Activity> getActivitiesInStage(Stage wanted) {
    var found = new ArrayList<Activity>();
    stages.forEach((activity, stage) -> {
      if (stage == wanted) found.add(activity);
    });
    return found;
  }

  public void signalLifecycleChange(Stage stage, Activity activity) {
    stages.put(activity, stage);
    for (var callback : new ArrayList<>(callbacks)) {
      callback.onActivityLifecycleChanged(activity, stage);
    }
  }
}
