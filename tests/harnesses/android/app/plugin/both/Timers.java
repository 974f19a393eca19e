package acme;

import android.os.Handler;
import android.os.HandlerThread;
import android.os.Looper;
import java.util.Timer;
import java.util.TimerTask;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Batches that go out after a minute, by what vendors wait with; each says how old it is. */
final class Timers {
  private static final long MS = 60_000;

  private final long start = System.currentTimeMillis();

  void start() {
    Executors.newScheduledThreadPool(1).schedule(() -> due("executor"), MS, TimeUnit.MILLISECONDS);
    new Timer().schedule(new TimerTask() {
      @Override
      public void run() {
        due("timer");
      }
    }, MS);
    new Thread(this::sleep, "acme sleeper").start();
    new Handler(Looper.getMainLooper()).postDelayed(() -> new Thread(() -> due("handler")).start(), MS);
    var looper = new HandlerThread("acme looper");
    looper.start();
    new Handler(looper.getLooper()).postDelayed(() -> due("looper"), MS);
  }

  private void sleep() {
    try {
      Thread.sleep(MS);
    } catch (InterruptedException e) {
      return;
    }
    due("sleep");
  }

  private void due(String what) {
    Vendor.send(what, System.currentTimeMillis() - start);
  }
}
