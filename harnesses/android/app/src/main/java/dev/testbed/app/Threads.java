package dev.testbed.app;

import java.util.Arrays;
import java.util.List;

/** The threads of this app: those of its own thread group and below. */
final class Threads {
  private Threads() {}

  static List<Thread> all() {
    var group = Thread.currentThread().getThreadGroup();
    var threads = new Thread[group.activeCount() + 32];
    return Arrays.asList(threads).subList(0, group.enumerate(threads));
  }
}
