package dev.testbed.app;

import android.os.Handler;
import android.os.Looper;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Has something done on the app's main thread. */
final class MainThread {
  private static final long WITHIN_S = 20;

  private final Handler handler = new Handler(Looper.getMainLooper());

  /** Raises what `work` raises. A main thread that takes no work for WITHIN_S hangs for good. */
  <T> T call(Callable<T> work) throws Exception {
    var task = new FutureTask<>(work);
    handler.post(task);
    try {
      return task.get(WITHIN_S, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      handler.removeCallbacks(task);
      throw new IllegalStateException("the app's main thread did not take the call within " + WITHIN_S + " s", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) throw cause;
      if (e.getCause() instanceof Error cause) throw cause;
      throw e;
    }
  }
}
