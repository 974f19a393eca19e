package dev.testbed.app;

import android.os.Looper;
import java.util.HashSet;
import java.util.Set;

/**
 * Watches the main thread: tells when the plugin's code keeps it from going on, with the stack. It looks at it every
 * PERIOD_MS, and in real time.
 *
 * What waits is told of at once. What computes is judged by the CPU time of the thread, and on the second call, so that
 * neither the JIT's warming up nor a busy machine counts; so is what waits for a disk, which is this machine's. From
 * HANG_MS on either is told of at once.
 */
final class Watch {
  private static final long PERIOD_MS = 20;
  private static final long MOST_A_LOOK_MS = 100;
  private static final long HELD_MS = 250;
  private static final long HANG_MS = 5000;
  private static final String[] IO = {
    "android.database.sqlite.", "java.io.", "java.net.", "java.nio.", "libcore.io.", "sun.net.", "sun.nio.",
    "sun.security.ssl.",
  };
  private static final String[] DISK = {
    "android.database.sqlite.", "java.io.File", "java.io.RandomAccessFile", "libcore.io.", "sun.nio.ch.File",
    "sun.nio.fs.",
  };

  private final Thread main = Looper.getMainLooper().getThread();
  private final Channel channel;
  private final Blame blame;
  private final Bridge bridge;
  private final Set<String> slowOnce = new HashSet<>();
  private Stretch stretch;
  private volatile boolean heldUp;

  Watch(Channel channel, Blame blame, Bridge bridge) {
    this.channel = channel;
    this.blame = blame;
    this.bridge = bridge;
  }

  void start() {
    bridge.onHeldUp(this::heldUp);
    var thread = new Thread(this::run, "testbed watch");
    thread.setDaemon(true);
    thread.start();
  }

  private void run() {
    try {
      while (main.isAlive()) {
        long before = System.nanoTime();
        Thread.sleep(PERIOD_MS);
        // Where this very thread was kept for long, the machine was busy: what happened meanwhile is not known.
        long ms = Math.min((System.nanoTime() - before) / 1_000_000, MOST_A_LOOK_MS);
        look(main.getStackTrace(), main.getState(), ms);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void look(StackTraceElement[] stack, Thread.State state, long ms) {
    int entry = stack.length - 1;
    while (entry >= 0 && !blame.ofPlugin(stack[entry].getClassName())) entry--;
    if (entry < 0 || !blame.byPlugin(stack)) {
      stretch = null;
      return;
    }
    var method = stack[entry].getClassName() + "." + stack[entry].getMethodName();
    int depth = stack.length - entry;
    if (stretch == null || !stretch.is(method, depth)) stretch = new Stretch(method, depth, bridge.cpuNanos(main));
    boolean io = comesTo(IO, stack);
    stretch.ofDisk |= comesTo(DISK, stack);
    stretch.looked(io || state != Thread.State.RUNNABLE, ms, bridge.cpuNanos(main));
    if (!stretch.told && held(stretch)) {
      stretch.told = true;
      channel.say(Messages.blocked(io ? "io" : "hang", Math.max(stretch.waitedMs, stretch.computedMs), stack));
    }
  }

  private void heldUp(long ms, StackTraceElement[] stack) {
    boolean counts = ms >= HELD_MS && blame.byPlugin(stack);
    if (counts && !heldUp) channel.say(Messages.blocked(comesTo(IO, stack) ? "io" : "hang", ms, stack));
    heldUp = counts; // one stay is told of once, however many timers come due in it
  }

  private boolean held(Stretch stretch) {
    long atOnce = stretch.ofDisk ? HANG_MS : HELD_MS;
    if (stretch.waitedMs >= atOnce || stretch.computedMs >= HANG_MS) return true;
    if (Math.max(stretch.computedMs, stretch.waitedMs) < HELD_MS || stretch.counted) return false;
    stretch.counted = true;
    return !slowOnce.add(stretch.method);
  }

  /** Whether the innermost code that is not the plugin's has come to such a class. */
  private boolean comesTo(String[] prefixes, StackTraceElement[] stack) {
    for (var frame : stack) {
      if (blame.ofPlugin(frame.getClassName())) return false;
      for (var prefix : prefixes) {
        if (frame.getClassName().startsWith(prefix)) return true;
      }
    }
    return false;
  }

  /** One stay of the main thread in the plugin's code, from the same call into it. */
  private static final class Stretch {
    final String method;
    private final int depth;
    private final long cpuAtStart;
    long waitedMs;
    long computedMs;
    boolean ofDisk;
    boolean counted;
    boolean told;

    Stretch(String method, int depth, long cpuNanos) {
      this.method = method;
      this.depth = depth;
      this.cpuAtStart = cpuNanos;
    }

    boolean is(String method, int depth) {
      return this.method.equals(method) && this.depth == depth;
    }

    /** Where CPU time cannot be known, a look at a thread that runs counts as time that it used. */
    void looked(boolean waiting, long ms, long cpuNanos) {
      if (waiting) waitedMs += ms;
      if (cpuNanos >= 0) computedMs = (cpuNanos - cpuAtStart) / 1_000_000;
      else if (!waiting) computedMs += ms;
    }
  }
}
