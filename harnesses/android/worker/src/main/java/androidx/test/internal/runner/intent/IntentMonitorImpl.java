package androidx.test.internal.runner.intent;

import android.content.Intent;
import androidx.test.runner.intent.IntentMonitor;

/** As androidx.test:monitor has it: nobody monitors. */
public final class IntentMonitorImpl implements IntentMonitor {

  public void signalIntent(Intent intent) {}
}
