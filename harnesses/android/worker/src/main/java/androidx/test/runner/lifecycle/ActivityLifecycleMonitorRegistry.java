package androidx.test.runner.lifecycle;

/** As androidx.test:monitor has it. */
public final class ActivityLifecycleMonitorRegistry {

  private static volatile ActivityLifecycleMonitor monitor;

  public static ActivityLifecycleMonitor getInstance() {
    return monitor;
  }

  public static void registerInstance(ActivityLifecycleMonitor instance) {
    monitor = instance;
  }

  private ActivityLifecycleMonitorRegistry() {}
}
