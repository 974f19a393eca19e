package androidx.test.runner.lifecycle;

import android.app.Activity;

/** As androidx.test:monitor has it. */
public interface ActivityLifecycleCallback {

  void onActivityLifecycleChanged(Activity activity, Stage stage);
}
