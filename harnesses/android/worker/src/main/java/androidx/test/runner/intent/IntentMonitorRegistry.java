package androidx.test.runner.intent;

/** As androidx.test:monitor has it. */
public final class IntentMonitorRegistry {

  public static void registerInstance(IntentMonitor monitor) {}

  private IntentMonitorRegistry() {}
}
