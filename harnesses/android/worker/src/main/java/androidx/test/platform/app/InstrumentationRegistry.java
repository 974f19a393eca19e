package androidx.test.platform.app;

import android.app.Instrumentation;
import android.os.Bundle;

/** As androidx.test:monitor has it, of which Robolectric's framework needs so much. */
public final class InstrumentationRegistry {

  private static volatile Instrumentation instrumentation;
  private static volatile Bundle arguments;

  public static Instrumentation getInstrumentation() {
    if (instrumentation == null) {
      throw new IllegalStateException("No instrumentation registered!");
    }
    return instrumentation;
  }

  public static Bundle getArguments() {
    return new Bundle(arguments);
  }

  public static void registerInstance(Instrumentation instance, Bundle with) {
    instrumentation = instance;
    arguments = with;
  }

  private InstrumentationRegistry() {}
}
