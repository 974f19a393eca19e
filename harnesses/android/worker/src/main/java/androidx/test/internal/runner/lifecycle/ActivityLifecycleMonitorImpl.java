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

/** As androidx.test:monitor has it. */
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
  public Collection<Activity> getActivitiesInStage(Stage stage) {
    return stages.entrySet().stream().filter(each -> each.getValue() == stage).map(Map.Entry::getKey).toList();
  }

  public void signalLifecycleChange(Stage stage, Activity activity) {
    stages.put(activity, stage);
    List.copyOf(callbacks).forEach(each -> each.onActivityLifecycleChanged(activity, stage));
  }
}
