package dev.testbed.bridge;

import java.util.concurrent.locks.LockSupport;

/** A thread that waits until `deadline` of its clock, by `monitor` or, where that is null, parked. */
final class Sleeper implements Comparable<Sleeper> {
  final long deadline;
  final Thread thread = Thread.currentThread();
  private final Object monitor;
  volatile boolean due;

  Sleeper(long deadline, Object monitor) {
    this.deadline = deadline;
    this.monitor = monitor;
  }

  /** Somebody may hold the monitor for long: the clock does not wait for them. */
  void wake() {
    due = true;
    if (monitor == null) LockSupport.unpark(thread);
    else Workers.start("waker", this::notifyAllWaiting);
  }

  private void notifyAllWaiting() {
    synchronized (monitor) {
      monitor.notifyAll();
    }
  }

  @Override
  public int compareTo(Sleeper other) {
    return Long.compare(deadline, other.deadline);
  }
}
