package dev.testbed.bridge;

import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * What there is to an app's device where there is no device: its clock, and how it ends. The app finds this class by
 * name and goes without it where there is none. Every method is about the domain of the calling thread, and raises
 * IllegalStateException where that has none.
 */
public final class VirtualDevice {
  private VirtualDevice() {}

  /** The domain of the threads below `group`: made on the first call, the same one from then on. */
  public static Domain domain(ThreadGroup group) {
    return Domains.of(group);
  }

  /** Who is told when an app ends itself. It may throw, or block for ever, to keep the app's thread from going on. */
  public static void onExit(Consumer<Exit> listener) {
    Exits.listener = listener;
  }

  /** Let so much time pass: timers come due in their order, with the time that they were due. */
  public static void advance(long ms) {
    mine().advance(ms);
  }

  /** `next_ms`: until the next timer (Long or null), `busy`: what runs (List of String), `unobserved`: what no clock
   * reaches (List of {subject, reason}). */
  public static Map<String, Object> pending() {
    return mine().pending();
  }

  /** Who is told when time was let pass while the main thread was in the middle of something: for how many milliseconds
   * by then, and its stack. */
  public static void onHeldUp(BiConsumer<Long, StackTraceElement[]> listener) {
    mine().onHeldUp = listener;
  }

  /** What is to be done when the app is gone: to end threads that would start each other anew. */
  public static void onEnd(Runnable ending) {
    mine().onEnd(ending);
  }

  /** CPU time that a thread has used. Android has no such call for another thread. */
  public static long cpuNanos(Thread thread) {
    return ManagementFactory.getThreadMXBean().getThreadCpuTime(thread.getId());
  }

  private static Domain mine() {
    var domain = Domains.current();
    if (domain == null) throw new IllegalStateException(Thread.currentThread() + " is of no virtual device");
    return domain;
  }
}
