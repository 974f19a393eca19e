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
    for (var thread : working()) found.add(thread.getName() + ": " + at(thread));
    return found;
  }

  /** Nothing runs, and nothing was about to at any moment of the look. */
  boolean atRest() {
    long handovers = domain.handovers.count();
    if (domain.sleepers.waking() || !working().isEmpty()) return false;
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

  private List<Thread> working() {
    var all = all();
    var found = new ArrayList<Thread>();
    boolean multiplexed = false;
    for (var thread : all) {
      switch (thread.getState()) {
        case BLOCKED -> found.add(thread);
        case RUNNABLE -> {
          var reads = reads(thread);
          multiplexed |= reads == Reads.FOR_OTHERS;
          if (reads == Reads.NOTHING) found.add(thread);
        }
        case WAITING, TIMED_WAITING -> {
          if (domain.handovers.pending(thread)) found.add(thread);
        }
        default -> {}
      }
    }
    if (multiplexed) all.stream().filter(thread -> !found.contains(thread) && awaitsAnswer(thread)).forEach(found::add);
    return found;
  }

  private enum Reads {
    NOTHING,
    FOR_ITSELF,
    FOR_OTHERS
  }

  /** In a native call that ends when somebody else says something, a thread is RUNNABLE too: but for what it reads
   * because it waits for an answer, it is at rest. One connection of HTTP/2 has a reader for all who wait. */
  private static Reads reads(Thread thread) {
    for (var frame : thread.getStackTrace()) {
      String name = frame.getClassName();
      if (name.endsWith("Http2Connection$ReaderRunnable")) return Reads.FOR_OTHERS;
      if (name.startsWith("sun.nio.ch.EPoll") || name.equals("java.net.ServerSocket")) return Reads.FOR_ITSELF;
    }
    return Reads.NOTHING;
  }

  /** Of an HTTP/2 stream (OkHttp's Http2Stream, under whatever package). */
  private static boolean awaitsAnswer(Thread thread) {
    for (var frame : thread.getStackTrace()) {
      if (frame.getClassName().endsWith("Http2Stream")) return true;
    }
    return false;
  }

  private static String at(Thread thread) {
    var stack = thread.getStackTrace();
    return stack.length == 0 ? "its end" : stack[0].toString();
  }
}
