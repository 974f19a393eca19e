package androidx.lifecycle;

import android.app.Activity;
import android.app.Application;
import android.content.Context;
import android.os.Bundle;
import android.os.Handler;
import android.os.Looper;

/**
 * The lifecycle of the process: that of all its activities together. As androidx's own, it goes down only when no
 * activity came back within 700 ms (a rotation is no background). Analytics-kotlin reaches it by `Companion`.
 */
public final class ProcessLifecycleOwner implements LifecycleOwner, Application.ActivityLifecycleCallbacks {
  public static final Companion Companion = new Companion();
  private static final long TIMEOUT_MS = 700;
  private static final ProcessLifecycleOwner OWNER = new ProcessLifecycleOwner();

  private final LifecycleRegistry lifecycle = new LifecycleRegistry(this);
  private final Runnable delayed = this::goDown;
  private Handler handler;
  private int started;
  private int resumed;

  private ProcessLifecycleOwner() {}

  public static LifecycleOwner get() {
    return OWNER;
  }

  /** The app calls it before anything asks: androidx has a content provider do so. */
  public static void init(Context context) {
    if (OWNER.handler != null) return;
    OWNER.handler = new Handler(Looper.getMainLooper());
    OWNER.lifecycle.setCurrentState(Lifecycle.State.CREATED);
    ((Application) context.getApplicationContext()).registerActivityLifecycleCallbacks(OWNER);
  }

  @Override
  public Lifecycle getLifecycle() {
    return lifecycle;
  }

  @Override
  public void onActivityStarted(Activity activity) {
    started++;
    goUp(Lifecycle.State.STARTED);
  }

  @Override
  public void onActivityResumed(Activity activity) {
    resumed++;
    handler.removeCallbacks(delayed);
    goUp(Lifecycle.State.RESUMED);
  }

  @Override
  public void onActivityPaused(Activity activity) {
    if (--resumed == 0) handler.postDelayed(delayed, TIMEOUT_MS);
  }

  @Override
  public void onActivityStopped(Activity activity) {
    if (--started == 0) handler.postDelayed(delayed, TIMEOUT_MS);
  }

  @Override
  public void onActivityCreated(Activity activity, Bundle state) {}

  @Override
  public void onActivitySaveInstanceState(Activity activity, Bundle state) {}

  @Override
  public void onActivityDestroyed(Activity activity) {}

  private void goUp(Lifecycle.State state) {
    if (!lifecycle.getCurrentState().isAtLeast(state)) lifecycle.setCurrentState(state);
  }

  private void goDown() {
    if (resumed == 0 && lifecycle.getCurrentState() == Lifecycle.State.RESUMED) {
      lifecycle.setCurrentState(Lifecycle.State.STARTED);
    }
    if (started == 0 && lifecycle.getCurrentState() == Lifecycle.State.STARTED) {
      lifecycle.setCurrentState(Lifecycle.State.CREATED);
    }
  }

  /** Kotlin's way to `get`. */
  public static final class Companion {
    private Companion() {}

    public LifecycleOwner get() {
      return ProcessLifecycleOwner.get();
    }
  }
}
