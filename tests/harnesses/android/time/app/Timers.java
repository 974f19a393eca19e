package app;

import java.time.Instant;
import java.util.Date;
import java.util.Map;
import java.util.Timer;
import java.util.TimerTask;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.DelayQueue;
import java.util.concurrent.Delayed;
import java.util.concurrent.Exchanger;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.Phaser;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;

/** Every way to wait for a minute that vendors' code knows. */
public final class Timers {
  private static final long MS = 60_000;

  private interface Wait {
    void run() throws Exception;
  }

  private static final Map<String, Wait> WAITS = Map.ofEntries(
      Map.entry("sleep", () -> Thread.sleep(MS)),
      Map.entry("sleep-nanos", () -> Thread.sleep(MS, 1)),
      Map.entry("unit-sleep", () -> TimeUnit.MINUTES.sleep(1)),
      Map.entry("wait", Timers::waited),
      Map.entry("join", Timers::joined),
      Map.entry("park-nanos", Timers::parked),
      Map.entry("park-until", Timers::parkedUntil),
      Map.entry("condition", Timers::conditioned),
      Map.entry("latch", () -> new CountDownLatch(1).await(MS, TimeUnit.MILLISECONDS)),
      Map.entry("semaphore", () -> new Semaphore(0).tryAcquire(MS, TimeUnit.MILLISECONDS)),
      Map.entry("queue", () -> new ArrayBlockingQueue<String>(1).poll(MS, TimeUnit.MILLISECONDS)),
      Map.entry("synchronous-queue", () -> new SynchronousQueue<String>().poll(MS, TimeUnit.MILLISECONDS)),
      Map.entry("transfer-queue", () -> new LinkedTransferQueue<String>().poll(MS, TimeUnit.MILLISECONDS)),
      Map.entry("delay-queue", Timers::delayed),
      Map.entry("exchanger", () -> late(() -> new Exchanger<String>().exchange("", MS, TimeUnit.MILLISECONDS))),
      Map.entry("phaser", () -> late(() -> new Phaser(1).awaitAdvanceInterruptibly(0, MS, TimeUnit.MILLISECONDS))),
      Map.entry("future", () -> late(() -> new FutureTask<>(() -> "").get(MS, TimeUnit.MILLISECONDS))),
      Map.entry("completable", () -> late(() -> new CompletableFuture<>().get(MS, TimeUnit.MILLISECONDS))),
      Map.entry("clock", Timers::watchedTheClock));

  public static void run(String kind, BiConsumer<String, Long> fired) {
    long start = System.currentTimeMillis();
    Runnable fire = () -> fired.accept(kind, System.currentTimeMillis() - start);
    switch (kind) {
      case "executor" -> Executors.newScheduledThreadPool(1).schedule(fire, MS, TimeUnit.MILLISECONDS);
      case "fixed-rate" -> Executors.newScheduledThreadPool(1).scheduleAtFixedRate(fire, MS, MS, TimeUnit.MILLISECONDS);
      case "timer" -> new Timer().schedule(task(fire), MS);
      case "timer-date" -> new Timer().schedule(task(fire), new Date(new Date().getTime() + MS));
      case "delayed-executor" -> CompletableFuture.delayedExecutor(MS, TimeUnit.MILLISECONDS).execute(fire);
      case "or-timeout" -> new CompletableFuture<>().orTimeout(MS, TimeUnit.MILLISECONDS).whenComplete((a, b) -> fire.run());
      default -> thread(kind, fire);
    }
  }

  private static void thread(String kind, Runnable fire) {
    new Thread(() -> {
      try {
        WAITS.get(kind).run();
      } catch (Exception e) {
        throw new IllegalStateException(kind, e);
      }
      fire.run();
    }, kind).start();
  }

  private static TimerTask task(Runnable fire) {
    return new TimerTask() {
      @Override
      public void run() {
        fire.run();
      }
    };
  }

  private static void waited() throws InterruptedException {
    var monitor = new Object();
    synchronized (monitor) {
      monitor.wait(MS);
    }
  }

  private static void joined() throws InterruptedException {
    var other = new Thread(LockSupport::park, "for ever");
    other.setDaemon(true);
    other.start();
    other.join(MS);
  }

  private static void parked() {
    long end = System.nanoTime() + MS * 1_000_000;
    for (long left; (left = end - System.nanoTime()) > 0; ) LockSupport.parkNanos(left);
  }

  private static void parkedUntil() {
    long end = System.currentTimeMillis() + MS;
    while (System.currentTimeMillis() < end) LockSupport.parkUntil(end);
  }

  private static void conditioned() throws InterruptedException {
    var lock = new ReentrantLock();
    lock.lock();
    try {
      lock.newCondition().awaitNanos(MS * 1_000_000);
    } finally {
      lock.unlock();
    }
  }

  private static void delayed() throws InterruptedException {
    var queue = new DelayQueue<Due>();
    queue.add(new Due(System.nanoTime() + MS * 1_000_000));
    queue.take();
  }

  private record Due(long nanos) implements Delayed {
    @Override
    public long getDelay(TimeUnit unit) {
      return unit.convert(nanos - System.nanoTime(), TimeUnit.NANOSECONDS);
    }

    @Override
    public int compareTo(Delayed other) {
      return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
    }
  }

  private static void watchedTheClock() throws InterruptedException {
    var end = Instant.now().plusMillis(MS);
    while (Instant.now().isBefore(end)) Thread.sleep(7_000);
  }

  private static void late(Wait wait) throws Exception {
    try {
      wait.run();
    } catch (TimeoutException inTime) {
      return;
    }
    throw new IllegalStateException("it did not time out");
  }
}
