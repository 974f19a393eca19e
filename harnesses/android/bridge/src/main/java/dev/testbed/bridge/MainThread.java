package dev.testbed.bridge;

import java.util.concurrent.Executor;

/** Runs the main looper, which Robolectric leaves to others. Whoever asks does not wait: the main thread may hang. */
final class MainThread implements AutoCloseable {
  static final MainThread NONE = new MainThread();

  final Loopers loopers;
  private final Executor executor;
  private boolean wanted;
  private boolean running;
  private boolean begun;
  private long heldNanos;
  private boolean open;

  MainThread(Loopers loopers, Executor executor) {
    this.loopers = loopers;
    this.executor = executor;
    this.open = true;
    Workers.start("main", this::serve);
  }

  private MainThread() {
    loopers = Loopers.NONE;
    executor = Runnable::run;
  }

  synchronized void run() {
    wanted = true;
    notifyAll();
  }

  synchronized boolean busy() {
    return open && (wanted || running);
  }

  /** Whether it is to run, and has not begun yet. */
  synchronized boolean awaited() {
    return open && (wanted || (running && !begun));
  }

  /** Time has passed while it was at it: for the app it was held up. Gives for how long by now, in milliseconds. */
  synchronized long held(long nanos) {
    if (!begun) return 0;
    heldNanos += nanos;
    return heldNanos / 1_000_000;
  }

  /** Whether `thread` is this one. */
  boolean runs(Thread thread) {
    return thread == loopers.mainThread();
  }

  @Override
  public synchronized void close() {
    open = false;
    notifyAll();
  }

  private void serve() {
    try {
      while (taken()) executor.execute(this::runDue);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized boolean taken() throws InterruptedException {
    while (open && !(wanted && !running)) wait();
    wanted = false;
    running = open;
    return open;
  }

  /** An exception of what runs is uncaught, as it is where Looper.loop() runs it. */
  private void runDue() {
    try {
      if (begin()) loopers.runMain();
    } catch (ThreadDeath end) {
      // the app has ended itself, and was told of
    } catch (Throwable uncaught) {
      dispatch(uncaught);
    } finally {
      synchronized (this) {
        running = false;
        begun = false;
        notifyAll();
      }
    }
  }

  /** As the JVM does for a thread of its own, whatever the handler throws. */
  private static void dispatch(Throwable uncaught) {
    var thread = Thread.currentThread();
    try {
      thread.getUncaughtExceptionHandler().uncaughtException(thread, uncaught);
    } catch (Throwable ignored) {
      // nobody is left to tell
    }
  }

  private synchronized boolean begin() {
    begun = open;
    heldNanos = 0;
    return open;
  }
}
