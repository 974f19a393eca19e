package dev.testbed.bridge;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Whether a domain's threads have come to rest. */
final class Threads {
  private final Domain domain;

  Threads(Domain domain) {
    this.domain = domain;
  }

  /** Threads that do something, or are about to, with the frame that they are at. */
  List<String> busy() {
    var found = new ArrayList<String>();
    for (var thread : all()) {
      if (working(thread)) found.add(thread.getName() + ": " + at(thread));
    }
    return found;
  }

  /** Nothing runs, and nothing was about to at any moment of the look. */
  boolean atRest() {
    long handovers = domain.handovers.count();
    if (domain.sleepers.waking()) return false;
    for (var thread : all()) {
      if (working(thread)) return false;
    }
    return handovers == domain.handovers.count() && !domain.sleepers.waking();
  }

  /** What no clock of ours reaches: {subject, reason}. */
  List<String[]> unobserved() {
    var found = new ArrayList<String[]>();
    for (var thread : all()) {
      if (thread.getState() == Thread.State.TIMED_WAITING) {
        found.add(new String[] {"a timer of " + thread.getName(), "it waits in real time, at " + at(thread)});
      }
    }
    return found;
  }

  private List<Thread> all() {
    var threads = new Thread[domain.group.activeCount() + 32];
    int count = domain.group.enumerate(threads);
    return Arrays.stream(threads, 0, count).filter(thread -> !thread.getName().startsWith("testbed ")).toList();
  }

  private boolean working(Thread thread) {
    return switch (thread.getState()) {
      case BLOCKED -> true;
      case RUNNABLE -> !listening(thread);
      case WAITING, TIMED_WAITING -> domain.handovers.pending(thread);
      default -> false;
    };
  }

  /** In a native call that ends when somebody else says something: a thread is RUNNABLE there too. */
  private static boolean listening(Thread thread) {
    for (var frame : thread.getStackTrace()) {
      String name = frame.getClassName();
      if (name.endsWith("Http2Connection$ReaderRunnable") || name.startsWith("sun.nio.ch.EPoll")) return true;
      if (name.equals("java.net.ServerSocket")) return true;
    }
    return false;
  }

  private static String at(Thread thread) {
    var stack = thread.getStackTrace();
    return stack.length == 0 ? "its end" : stack[0].toString();
  }
}
