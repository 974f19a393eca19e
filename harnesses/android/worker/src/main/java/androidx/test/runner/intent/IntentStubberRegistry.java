package androidx.test.runner.intent;

/** As androidx.test:monitor has it: no intent is answered in an activity's place. */
public final class IntentStubberRegistry {

  public static boolean isLoaded() {
    return false;
  }

  public static IntentStubber getInstance() {
    return null;
  }

  private IntentStubberRegistry() {}
}
