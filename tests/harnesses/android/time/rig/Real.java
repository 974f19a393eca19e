package rig;

import java.util.function.BiConsumer;

/** Of the host, whose classes keep real time. */
public final class Real {
  public static void run(String ignored, BiConsumer<String, Long> fired) {
    var thread = new Thread(() -> {
      try {
        Thread.sleep(60_000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }, "real timer");
    thread.start();
    while (thread.getState() != Thread.State.TIMED_WAITING) Thread.onSpinWait();
  }
}
