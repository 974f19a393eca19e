package androidx.test.runner.lifecycle;

/** As androidx.test:monitor has it. */
public final class ApplicationLifecycleMonitorRegistry {

  public static void registerInstance(ApplicationLifecycleMonitor monitor) {}

  private ApplicationLifecycleMonitorRegistry() {}
}
