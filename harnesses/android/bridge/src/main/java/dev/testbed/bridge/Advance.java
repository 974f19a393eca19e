package dev.testbed.bridge;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Lets time pass from one deadline to the next. At each the clock stands until what was due has done its work, sent
 * what it sends and had its answer; so nothing is early, and what is stamped says when it was due.
 */
final class Advance {
  private static final long PATIENCE_NANOS = 3_000_000_000L;
  /** How long a stop may last once something was met that may never come to an end (a long poll). */
  private static final long IMPATIENCE_NANOS = 300_000_000L;
  private static final long LOOK_NANOS = 100_000;
  private static final int CALM_LOOKS = 3;
  /** After so many stops timers that are close together come together: late by GRAIN at most, never early. */
  private static final int FINE_STOPS = 500;
  private static final long GRAIN_NANOS = 100_000_000;

  private final Domain domain;
  private final List<String[]> unobserved = new ArrayList<>();

  Advance(Domain domain) {
    this.domain = domain;
  }

  synchronized void run(long ms) {
    unobserved.clear();
    domain.clock.stand();
    try {
      long end = domain.clock.nanos() + ms * 1_000_000;
      long patience = settle(PATIENCE_NANOS);
      for (int stops = 0; ; stops++) {
        long now = domain.clock.nanos();
        long next = domain.nextNanos(now);
        if (stops > FINE_STOPS) next = Math.max(next, now + GRAIN_NANOS);
        if (next >= end) break;
        moveTo(next);
        patience = settle(patience);
      }
      moveTo(end);
      settle(patience);
    } finally {
      domain.clock.go();
    }
  }

  /** What the last advance left behind. */
  synchronized List<String[]> unobserved() {
    return List.copyOf(unobserved);
  }

  private void moveTo(long nanos) {
    long passed = nanos - domain.clock.nanos();
    domain.clock.moveTo(nanos);
    domain.heldUp(passed);
    domain.sleepers.wake(nanos);
    domain.main.loopers.wake(nanos);
  }

  /** Until nothing runs any more. Gives how patient to be the next time. */
  private long settle(long patience) {
    long end = System.nanoTime() + patience;
    for (int calm = 0; calm < CALM_LOOKS; LockSupport.parkNanos(LOOK_NANOS)) {
      if (!domain.main.busy() && domain.main.loopers.mainIsDue()) domain.main.run();
      calm = !domain.main.awaited() && domain.threads.atRest() ? calm + 1 : 0;
      if (calm < CALM_LOOKS && System.nanoTime() > end) {
        for (var busy : domain.threads.busy()) {
          unobserved.add(new String[] {"what comes of " + busy, "it did not come to an end while the clock stood"});
        }
        return IMPATIENCE_NANOS;
      }
    }
    return patience;
  }
}
