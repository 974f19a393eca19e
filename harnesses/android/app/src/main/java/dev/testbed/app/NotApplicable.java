package dev.testbed.app;

/** The SDK has no notion of what is asked for; the message says of what. */
final class NotApplicable extends Exception {
  NotApplicable(String reason) {
    super(reason);
  }
}
