package dev.testbed.bridge;

import java.util.HashMap;
import java.util.Map;

/**
 * Threads of a domain that were unparked and have not gone on yet: they still look as if they waited. LockSupport tells
 * of both. (One that was notified is BLOCKED at once, and needs no such care.)
 */
public final class Handovers {
  private static final long STALE_NANOS = 100_000_000;

  private final Map<Thread, Long> unparked = new HashMap<>();
  private volatile boolean any;
  private volatile long count;

  Handovers() {}

  /** LockSupport.unpark begins. */
  public static void unparking(Thread thread) {
    if (thread == null) return;
    var domain = Domains.of(thread);
    if (domain != null) domain.handovers.add(thread);
  }

  /** LockSupport.park, in any of its forms, has ended. */
  public static void parked() {
    var domain = Domains.current();
    if (domain != null && domain.handovers.any) domain.handovers.remove(Thread.currentThread());
  }

  /** How many there were ever: two looks at the threads with the same count between them saw one moment. */
  long count() {
    return count;
  }

  /** Whether `thread` is about to go on. A permit that it left unused is no such sign for long. */
  synchronized boolean pending(Thread thread) {
    var since = unparked.get(thread);
    return since != null && System.nanoTime() - since < STALE_NANOS;
  }

  private synchronized void add(Thread thread) {
    count++;
    unparked.put(thread, System.nanoTime());
    any = true;
  }

  private synchronized void remove(Thread thread) {
    unparked.remove(thread);
    any = !unparked.isEmpty();
  }
}
