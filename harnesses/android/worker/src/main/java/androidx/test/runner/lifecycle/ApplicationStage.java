package androidx.test.runner.lifecycle;

/** As androidx.test:monitor has it. */
public enum ApplicationStage {
  PRE_ON_CREATE,
  CREATED
}
