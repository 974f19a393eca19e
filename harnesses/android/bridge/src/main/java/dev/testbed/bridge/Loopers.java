package dev.testbed.bridge;

/** Android's loopers. What they wait for is in uptime, which is a domain's clock. */
interface Loopers {
  Loopers NONE = new Loopers() {
    @Override
    public void wake(long now) {}

    @Override
    public long nextNanos(long now) {
      return Sleepers.NONE;
    }

    @Override
    public boolean mainIsDue() {
      return false;
    }

    @Override
    public Thread mainThread() {
      return null;
    }

    @Override
    public void runMain() {}
  };

  /** Have those of other threads than the main one see what is due at `now`. */
  void wake(long now);

  /** When the next message of any looper is due, after `now`. */
  long nextNanos(long now);

  /** Whether the main looper has a message that is due. */
  boolean mainIsDue();

  Thread mainThread();

  /** Run the main looper's due messages: on the main thread. */
  void runMain() throws Throwable;
}
