package dev.testbed.bridge;

/**
 * A domain's clock, in nanoseconds since its device was started. It goes on as real time does, ahead of it by what was
 * advanced; while it stands, it only moves when it is told to.
 */
final class Clock {
  /** A device whose clock says 0 looks like none: Robolectric's starts here too. */
  private static final long STARTED_NANOS = 100_000_000;

  private volatile Reading reading;
  private volatile long startedEpochNanos;

  /** `value`: where it stands, or how far it is ahead of System.nanoTime(). */
  private record Reading(boolean standing, long value) {}

  Clock() {
    reset();
  }

  long nanos() {
    var now = reading;
    return now.standing ? now.value : System.nanoTime() + now.value;
  }

  /** Nanoseconds since 1970. */
  long epochNanos() {
    return startedEpochNanos + nanos();
  }

  boolean standing() {
    return reading.standing;
  }

  void stand() {
    reading = new Reading(true, nanos());
  }

  void moveTo(long nanos) {
    if (!reading.standing) throw new IllegalStateException("a clock moves while it stands");
    reading = new Reading(true, Math.max(nanos, reading.value));
  }

  /** Go on from where it stands. */
  void go() {
    reading = new Reading(false, nanos() - System.nanoTime());
  }

  /** The device is started anew: it is what it is by real time. */
  void reset() {
    reading = new Reading(false, STARTED_NANOS - System.nanoTime());
    startedEpochNanos = System.currentTimeMillis() * 1_000_000 - STARTED_NANOS;
  }
}
