package dev.testbed.bridge;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;

/** The time of all threads below one thread group: a sandbox's. */
public final class Domain implements AutoCloseable {
  private static final long TICK_NANOS = 2_000_000;

  final ThreadGroup group;
  final Clock clock = new Clock();
  final Sleepers sleepers = new Sleepers();
  final Handovers handovers = new Handovers();
  final Threads threads = new Threads(this);
  final Connections connections = new Connections();
  final Delays delays;
  private final List<Runnable> endings = new CopyOnWriteArrayList<>();
  private final Advance advance = new Advance(this);
  volatile MainThread main = MainThread.NONE;
  volatile Guard guard;
  volatile BiConsumer<Long, StackTraceElement[]> onHeldUp = (ms, stack) -> {};
  private volatile boolean open = true;

  Domain(ThreadGroup group) {
    this.group = group;
    this.delays = new Delays(group);
    Workers.start("clock of " + group.getName(), this::run);
  }

  /** Keep the loopers of the sandbox that `loader` loaded in step, and its main looper running. `executor` runs
   * something on the sandbox's main thread, at once or later. */
  public void attach(ClassLoader loader, Executor executor) throws ReflectiveOperationException {
    guard = new Guard(loader);
    main = new MainThread(new RobolectricLoopers(loader), executor);
  }

  /** The app is gone, the sandbox stays: its main looper does not run until the next `attach`, and time is real. What it
   * wanted done at its end is done, and its connections are closed. */
  public void reset() {
    for (var ending : endings) end(ending);
    endings.clear();
    connections.closeAll();
    main.close();
    main = MainThread.NONE;
    onHeldUp = (ms, stack) -> {};
    delays.reset();
    clock.reset();
  }

  @Override
  public void close() {
    open = false;
    main.close();
    Domains.remove(this);
    sleepers.wake(Sleepers.NONE);
  }

  void onEnd(Runnable ending) {
    endings.add(ending);
  }

  private static void end(Runnable ending) {
    try {
      ending.run();
    } catch (RuntimeException | Error e) {
      System.err.println("testbed bridge: at the end of an app: " + e);
    }
  }

  void advance(long ms) {
    advance.run(ms);
  }

  Map<String, Object> pending() {
    long now = clock.nanos();
    long next = nextNanos(now);
    var busy = new ArrayList<String>(threads.busy());
    if (main.busy()) busy.add("main: it runs what its looper had");
    List<String[]> unobserved = new ArrayList<>(threads.unobserved());
    unobserved.addAll(advance.unobserved());
    var told = new LinkedHashMap<String, Object>();
    told.put("next_ms", next == Sleepers.NONE ? null : (next - now + 999_999) / 1_000_000);
    told.put("busy", busy);
    told.put("unobserved", unobserved);
    return told;
  }

  /** When something waits for the clock next, after `now`. */
  long nextNanos(long now) {
    return Math.min(sleepers.next(), main.loopers.nextNanos(now));
  }

  Sleeper sleeper(long nanos, Object monitor) {
    long now = clock.nanos();
    var sleeper = new Sleeper(now + nanos < now ? Sleepers.NONE : now + nanos, monitor);
    sleepers.add(sleeper);
    return sleeper;
  }

  /** So much time was let pass: if the main thread was in the middle of something, it was held up by that. */
  void heldUp(long nanos) {
    long ms = main.held(nanos);
    if (ms > 0) onHeldUp.accept(ms, main.loopers.mainThread().getStackTrace());
  }

  private void run() {
    try {
      while (open) {
        if (!clock.standing()) tick();
        long now = clock.nanos();
        sleepers.await(Math.min(TICK_NANOS, Math.max(0, nextNanos(now) - now)));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void tick() {
    long now = clock.nanos();
    sleepers.wake(now);
    main.loopers.wake(now);
    if (main.loopers.mainIsDue()) main.run();
  }
}
