package dev.testbed.bridge;

import java.util.concurrent.locks.LockSupport;

/**
 * Time as apps have it: rewritten call sites come here. What a thread of no domain asks for is real. Timed waits of a
 * domain have no time-out of their own: its clock wakes them.
 */
public final class Time {
  private Time() {}

  /** For System.nanoTime(). */
  public static long nanoTime() {
    var domain = Domains.current();
    return domain == null ? System.nanoTime() : domain.clock.nanos();
  }

  /** Whether the calling thread's time is virtual. */
  public static boolean virtual() {
    return Domains.current() != null;
  }

  /** For android.os.SystemClock.uptimeMillis(), where time is virtual. */
  public static long uptimeMillis() {
    return nanoTime() / 1_000_000;
  }

  /** For System.currentTimeMillis(). */
  public static long currentTimeMillis() {
    var domain = Domains.current();
    return domain == null ? System.currentTimeMillis() : Math.floorDiv(domain.clock.epochNanos(), 1_000_000);
  }

  /** For jdk.internal.misc.VM.getNanoTimeAdjustment(long), which java.time.Clock asks; `real` is what it gave. */
  public static long nanoTimeAdjustment(long offsetSeconds, long real) {
    var domain = Domains.current();
    return domain == null ? real : domain.clock.epochNanos() - offsetSeconds * 1_000_000_000;
  }

  /** For Thread.sleep(long). */
  public static void sleep(long ms) throws InterruptedException {
    sleep(ms, 0);
  }

  /** For Thread.sleep(long, int). */
  public static void sleep(long ms, int nanos) throws InterruptedException {
    var domain = Domains.current();
    if (domain == null || ms < 0 || (ms == 0 && nanos == 0)) {
      Thread.sleep(ms, nanos);
      return;
    }
    var bed = new Object();
    var sleeper = domain.sleeper(ms * 1_000_000 + nanos, bed);
    try {
      synchronized (bed) {
        while (!sleeper.due) bed.wait();
      }
    } finally {
      domain.sleepers.remove(sleeper);
    }
  }

  /** For android.os.SystemClock.sleep(long): an interrupt is kept for later. */
  public static void uninterruptibleSleep(long ms) {
    long end = nanoTime() + ms * 1_000_000;
    boolean interrupted = false;
    for (long left = ms; left > 0; left = (end - nanoTime()) / 1_000_000) {
      try {
        sleep(left);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) Thread.currentThread().interrupt();
  }

  /** For LockSupport.parkNanos(long). */
  public static void parkNanos(long nanos) {
    parkNanos(null, nanos);
  }

  /** For LockSupport.parkNanos(Object, long). */
  public static void parkNanos(Object blocker, long nanos) {
    var domain = Domains.current();
    if (domain == null || nanos <= 0) {
      LockSupport.parkNanos(blocker, nanos);
      return;
    }
    var sleeper = domain.sleeper(nanos, null);
    try {
      LockSupport.park(blocker);
    } finally {
      domain.sleepers.remove(sleeper);
    }
  }

  /** For LockSupport.parkUntil(long). */
  public static void parkUntil(long epochMs) {
    parkUntil(null, epochMs);
  }

  /** For LockSupport.parkUntil(Object, long). */
  public static void parkUntil(Object blocker, long epochMs) {
    if (Domains.current() == null) LockSupport.parkUntil(blocker, epochMs);
    else parkNanos(blocker, (epochMs - currentTimeMillis()) * 1_000_000);
  }

  /** For Object.wait(long). */
  public static void wait(Object monitor, long ms) throws InterruptedException {
    wait(monitor, ms, 0);
  }

  /** For Object.wait(long, int). */
  public static void wait(Object monitor, long ms, int nanos) throws InterruptedException {
    var domain = Domains.current();
    if (domain == null || ms < 0 || (ms == 0 && nanos == 0)) {
      monitor.wait(ms, nanos);
      return;
    }
    var sleeper = domain.sleeper(ms * 1_000_000 + nanos, monitor);
    try {
      monitor.wait(); // its monitor is ours until here, so that who wakes us comes after
    } finally {
      domain.sleepers.remove(sleeper);
    }
  }
}
