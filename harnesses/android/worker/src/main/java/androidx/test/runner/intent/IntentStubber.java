package androidx.test.runner.intent;

import android.app.Instrumentation.ActivityResult;
import android.content.Intent;

/** As androidx.test:monitor has it. */
public interface IntentStubber {

  ActivityResult getActivityResultForIntent(Intent intent);
}
