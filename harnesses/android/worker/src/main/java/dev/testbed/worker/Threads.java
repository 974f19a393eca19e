package dev.testbed.worker;

import java.lang.reflect.Field;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadPoolExecutor;

/** The threads of a group that were there before an app was. */
final class Threads {

  private static final int TURNS = 5;
  private static final int END_WITHIN_MS = 60;

  private final ThreadGroup group;
  private final Set<Thread> own;

  Threads(ThreadGroup group) {
    this.group = group;
    this.own = new HashSet<>(all());
  }

  /** End the others; gives the names of those that live on. */
  List<String> stopOthers() {
    for (int turn = 0; turn < TURNS && !others().isEmpty(); turn++) {
      List<Thread> others = others();
      for (Thread each : others) {
        shutDownPoolOf(each);
        if (turn < TURNS - 1) {
          each.interrupt();
        } else {
          stop(each);
        }
      }
      others.forEach(Threads::join);
    }
    return others().stream().map(each -> "thread " + each.getName()).toList();
  }

  /** ThreadDeath wherever it is. Not from JDK 20 on. */
  @SuppressWarnings("removal")
  static void stop(Thread thread) {
    try {
      thread.stop();
    } catch (UnsupportedOperationException tooNew) {
      thread.interrupt();
    }
  }

  private List<Thread> others() {
    return all().stream().filter(each -> !own.contains(each)).toList();
  }

  private List<Thread> all() {
    Thread[] found = new Thread[group.activeCount() + 64];
    return Arrays.asList(found).subList(0, group.enumerate(found)).stream().toList();
  }

  private static void join(Thread thread) {
    try {
      thread.join(END_WITHIN_MS);
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
