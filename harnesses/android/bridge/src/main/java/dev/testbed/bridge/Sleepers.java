package dev.testbed.bridge;

import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.HashSet;
import java.util.Set;

/** All timed waits of a domain. */
final class Sleepers {
  static final long NONE = Long.MAX_VALUE;

  private final PriorityQueue<Sleeper> waiting = new PriorityQueue<>();
  private final Set<Sleeper> waking = new HashSet<>();

  synchronized void add(Sleeper sleeper) {
    waiting.add(sleeper);
    if (waiting.peek() == sleeper) notifyAll();
  }

  /** It waits no more, whatever it was woken by. */
  synchronized void remove(Sleeper sleeper) {
    if (!waking.remove(sleeper)) waiting.remove(sleeper);
  }

  /** The earliest deadline, or NONE. */
  synchronized long next() {
    var first = waiting.peek();
    return first == null ? NONE : first.deadline;
  }

  /** Whether some were woken and have not got to run yet. */
  synchronized boolean waking() {
    return !waking.isEmpty();
  }

  /** Wake those that are due at `now`. */
  void wake(long now) {
    List<Sleeper> due = new ArrayList<>();
    synchronized (this) {
      while (!waiting.isEmpty() && waiting.peek().deadline <= now) due.add(waiting.poll());
      waking.addAll(due);
    }
    due.forEach(Sleeper::wake);
  }

  /** Until a deadline is nearer than before, at most `nanos`. */
  synchronized void await(long nanos) throws InterruptedException {
    wait(Math.max(1, nanos / 1_000_000));
  }
}
