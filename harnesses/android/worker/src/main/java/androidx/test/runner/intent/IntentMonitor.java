package androidx.test.runner.intent;

/** As androidx.test:monitor has it. */
public interface IntentMonitor {}
