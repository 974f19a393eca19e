package app;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/** Ten timers, each begun by the one before, on another thread and after some work. */
public final class Chain {
  private static final long MS = 6_000;

  public static void run(String kind, BiConsumer<String, Long> fired) {
    var timers = Executors.newScheduledThreadPool(2);
    next(timers, Executors.newCachedThreadPool(), System.currentTimeMillis(), 1, fired);
  }

  private static void next(
      ScheduledExecutorService timers, java.util.concurrent.Executor workers, long start, int count,
      BiConsumer<String, Long> fired) {
    timers.schedule(() -> workers.execute(() -> {
      spin();
      fired.accept("link-" + count, System.currentTimeMillis() - start);
      if (count < 10) next(timers, workers, start, count + 1, fired);
    }), MS, TimeUnit.MILLISECONDS);
  }

  private static void spin() {
    double sum = 0;
    for (int i = 0; i < 1_000_000; i++) sum += Math.sqrt(i);
    if (sum < 0) throw new IllegalStateException();
  }
}
