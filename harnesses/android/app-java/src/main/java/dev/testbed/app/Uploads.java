package dev.testbed.app;

import android.os.Handler;
import android.os.HandlerThread;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The SDK's network executor: as its own, but that one can wait for what it does. */
final class Uploads extends ThreadPoolExecutor {
  /** SegmentIntegration's own thread, which a flush goes through on its way to the network. */
  private static final String QUEUE = "Segment-SegmentDispatcher";

  private int open;

  Uploads() {
    super(0, Integer.MAX_VALUE, 60, TimeUnit.SECONDS, new SynchronousQueue<>(), Uploads::thread);
  }

  @Override
  public void execute(Runnable work) {
    begin();
    super.execute(() -> {
      try {
        work.run();
      } finally {
        end();
      }
    });
  }

  /** Wait until what SegmentIntegration is to do by now is on its way, and then until nothing is: until `end`. */
  void await(long end) throws InterruptedException {
    for (var thread : Threads.all()) {
      if (!(thread instanceof HandlerThread queue) || !queue.getName().equals(QUEUE)) continue;
      passed(new Handler(queue.getLooper()), end);
    }
    idle(end);
  }

  private static Thread thread(Runnable work) {
    return new Thread(work, "Segment-Network");
  }

  private synchronized void begin() {
    open++;
  }

  private synchronized void end() {
    open--;
    notifyAll();
  }

  private synchronized void idle(long end) throws InterruptedException {
    for (long left; open > 0 && (left = (end - System.nanoTime()) / 1_000_000) > 0; ) wait(left);
  }

  /** Wait until a handler has done what it had to do by now. */
  private static void passed(Handler handler, long end) throws InterruptedException {
    var done = new CountDownLatch(1);
    handler.post(done::countDown);
    done.await(end - System.nanoTime(), TimeUnit.NANOSECONDS);
  }
}
