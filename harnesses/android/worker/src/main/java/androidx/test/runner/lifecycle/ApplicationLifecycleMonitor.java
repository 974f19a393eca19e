package androidx.test.runner.lifecycle;

/** As androidx.test:monitor has it. */
public interface ApplicationLifecycleMonitor {}
