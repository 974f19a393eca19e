package dev.testbed.bridge;

import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The one thread that CompletableFuture has for all its delays, once for each domain: the JVM's own would be of the
 * first domain that asks, and be gone for all of them with its threads.
 */
public final class Delays {
  private final ThreadGroup group;
  private ScheduledThreadPoolExecutor executor;

  Delays(ThreadGroup group) {
    this.group = group;
  }

  /** For CompletableFuture.Delayer.delay, where time is virtual. */
  public static ScheduledFuture<?> delay(Runnable command, long delay, TimeUnit unit) {
    return Domains.current().delays.scheduled(command, delay, unit);
  }

  synchronized void reset() {
    if (executor != null) executor.shutdownNow();
    executor = null;
  }

  private synchronized ScheduledFuture<?> scheduled(Runnable command, long delay, TimeUnit unit) {
    if (executor == null) {
      executor = new ScheduledThreadPoolExecutor(1, this::thread);
      executor.setRemoveOnCancelPolicy(true);
    }
    return executor.schedule(command, delay, unit);
  }

  private Thread thread(Runnable work) {
    var thread = new Thread(group, work, "CompletableFutureDelayScheduler");
    thread.setDaemon(true);
    return thread;
  }
}
