package dev.testbed.bridge;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Collection;

/** The loopers of one sandbox, in Robolectric's PAUSED mode. Its classes are the sandbox's own. */
final class RobolectricLoopers implements Loopers {
  private final Method all;
  private final Method extract;
  private final Method next;
  private final Method isIdle;
  private final Method idle;
  private final Method setClock;
  private final Object main;
  private final Thread mainThread;
  private long woken;

  RobolectricLoopers(ClassLoader sandbox) throws ReflectiveOperationException {
    var looper = sandbox.loadClass("android.os.Looper");
    var shadow = sandbox.loadClass("org.robolectric.shadows.ShadowLooper");
    all = shadow.getMethod("getAllLoopers");
    extract = sandbox.loadClass("org.robolectric.shadow.api.Shadow").getMethod("extract", Object.class);
    next = shadow.getMethod("getNextScheduledTaskTime");
    isIdle = shadow.getMethod("isIdle");
    idle = shadow.getMethod("idle");
    setClock = sandbox.loadClass("android.os.SystemClock").getMethod("setCurrentTimeMillis", long.class);
    var mainLooper = looper.getMethod("getMainLooper").invoke(null);
    main = extract.invoke(null, mainLooper);
    mainThread = (Thread) looper.getMethod("getThread").invoke(mainLooper);
  }

  /** Robolectric's queues wait without a time-out, and look again when its clock is set. */
  @Override
  public void wake(long now) {
    long due = nextNanos(woken);
    if (due > now) return;
    woken = now;
    ask(setClock, null, now / 1_000_000);
  }

  @Override
  public long nextNanos(long now) {
    long nearest = Sleepers.NONE;
    for (var looper : (Collection<?>) ask(all, null)) {
      long when = ((Duration) ask(next, ask(extract, null, looper))).toNanos();
      if (when > now) nearest = Math.min(nearest, when);
    }
    return nearest;
  }

  @Override
  public boolean mainIsDue() {
    return !(boolean) ask(isIdle, main);
  }

  @Override
  public Thread mainThread() {
    return mainThread;
  }

  @Override
  public void runMain() throws Throwable {
    try {
      idle.invoke(main);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private static Object ask(Method method, Object target, Object... arguments) {
    try {
      return method.invoke(target, arguments);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("Robolectric has no " + method, e);
    }
  }
}
