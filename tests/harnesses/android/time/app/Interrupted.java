package app;

import java.util.function.BiConsumer;

/** A thread that sleeps, and is interrupted. */
public final class Interrupted {
  public static void run(String ignored, BiConsumer<String, Long> fired) throws InterruptedException {
    long start = System.currentTimeMillis();
    var thread = new Thread(() -> {
      try {
        Thread.sleep(60_000);
      } catch (InterruptedException e) {
        fired.accept("interrupted", System.currentTimeMillis() - start);
      }
    });
    thread.start();
    thread.interrupt();
    thread.join();
  }
}
