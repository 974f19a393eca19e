package dev.testbed.app;

import com.segment.analytics.kotlin.core.Analytics;
import com.segment.analytics.kotlin.core.platform.plugins.StartupQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import kotlin.Unit;

/**
 * The moment from which on analytics-kotlin lets events pass. One that comes while that begins may stay in the SDK's
 * queue for good: it looks whether it has begun, and only then puts the event there (StartupQueue.kt, execute). A person
 * is never so quick; a scenario is.
 */
final class Startup {
  private static final long LOOK_MS = 2;

  private Startup() {}

  /** Wait until it has begun. */
  static void passed(Analytics analytics, long withinMs) throws InterruptedException {
    var queue = new AtomicReference<StartupQueue>();
    analytics.applyClosureToPlugins(plugin -> {
      if (plugin instanceof StartupQueue found) queue.set(found);
      return Unit.INSTANCE;
    });
    if (queue.get() == null) return;
    var started = started(queue.get());
    long end = System.nanoTime() + withinMs * 1_000_000;
    while (!started.get() && System.nanoTime() < end) Thread.sleep(LOOK_MS);
  }

  private static AtomicBoolean started(StartupQueue queue) {
    try {
      var field = StartupQueue.class.getDeclaredField("started");
      field.setAccessible(true);
      return (AtomicBoolean) field.get(queue);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this version of analytics-kotlin has another StartupQueue", e);
    }
  }
}
