package dev.testbed.worker;

import java.lang.reflect.Field;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.stream.Stream;

/** The threads of a group that were there before an app was. */
final class Threads {

  /**
   * Robolectric's, which starts it anew after a reset, whoever asks first: that may be a thread of an app that has
   * ended. What shut its pool down would take the database from the next app.
   */
  private static final String DATABASES = "ShadowLegacySQLiteConnection worker";

  private static final int TURNS = 6;
  private static final int LEAVE_WITHIN_MS = 15;
  private static final int END_WITHIN_MS = 60;

  private final ThreadGroup group;
  private final Set<Thread> own;

  Threads(ThreadGroup group) {
    this.group = group;
    this.own = Set.copyOf(all(group));
  }

  /** What those that came since throw from now on is nobody's: their app has ended. */
  void muteOthers(ClassLoader code) {
    others(code).forEach(each -> each.setUncaughtExceptionHandler((thread, thrown) -> {}));
  }

  /** End those that came since, and what runs `code` in other groups; gives the names of those that live on. */
  List<String> stopOthers(ClassLoader code) {
    muteOthers(code);
    all(group).stream().filter(Threads::isOfDatabases).forEach(each -> each.setContextClassLoader(null));
    List<Thread> others = others(code);
    for (int turn = 0; turn < TURNS && !others.isEmpty(); turn++) {
      boolean politely = turn == 0; // coroutines heed no interrupt
      for (Thread each : others) {
        shutDownPoolOf(each);
        if (politely) {
          each.interrupt();
        } else {
          stop(each);
        }
      }
      join(others, politely ? LEAVE_WITHIN_MS : END_WITHIN_MS);
      others = others(code);
    }
    return others.stream().map(Thread::getName).toList();
  }

  /** The framework goes, and its own go with it. */
  void stop() {
    own.stream().filter(each -> each != Thread.currentThread()).forEach(Threads::shutDownPoolOf);
    own.forEach(Thread::interrupt);
  }

  /** ThreadDeath wherever it is, but in the midst of a frame to testbed. Not from JDK 20 on. */
  @SuppressWarnings("removal")
  static void stop(Thread thread) {
    synchronized (Pipe.WRITING) {
      try {
        thread.stop();
      } catch (UnsupportedOperationException tooNew) {
        thread.interrupt();
      }
    }
  }

  private List<Thread> others(ClassLoader code) {
    ThreadGroup top = group;
    while (top.getParent() != null) {
      top = top.getParent();
    }
    Stream<Thread> elsewhere = all(top).stream().filter(each -> each.getContextClassLoader() == code);
    return Stream.concat(all(group).stream(), elsewhere)
        .distinct()
        .filter(each -> !own.contains(each) && !isOfDatabases(each))
        .toList();
  }

  private static boolean isOfDatabases(Thread thread) {
    return thread.getName().equals(DATABASES);
  }

  private static List<Thread> all(ThreadGroup group) {
    Thread[] found = new Thread[group.activeCount() + 64];
    return Arrays.asList(found).subList(0, group.enumerate(found));
  }

  private static void join(List<Thread> threads, int withinMs) {
    long end = System.nanoTime() + withinMs * 1_000_000L;
    try {
      for (Thread each : threads) {
        each.join(Math.max(1, (end - System.nanoTime()) / 1_000_000));
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** A pool would start another worker for each that is interrupted. */
  private static void shutDownPoolOf(Thread thread) {
    try {
      Field target = Thread.class.getDeclaredField("target");
      target.setAccessible(true);
      if (target.get(thread) instanceof Runnable worker
          && worker.getClass().getName().equals(ThreadPoolExecutor.class.getName() + "$Worker")) {
        Field outer = worker.getClass().getDeclaredField("this$0");
        outer.setAccessible(true);
        ((ThreadPoolExecutor) outer.get(worker)).shutdownNow();
      }
    } catch (ReflectiveOperationException otherJdk) {
      throw new IllegalStateException(otherJdk);
    }
  }
}
