package dev.testbed.worker;

import dev.testbed.bridge.Domain;
import dev.testbed.bridge.VirtualDevice;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/** One run of an app: its main thread, and how it ends. */
final class App {

  /** Something that the main thread is to do, whatever it throws. */
  interface Deed {
    void act() throws Exception;
  }

  private static final int LEAVE_WITHIN_MS = 500;
  private static final int ERROR = 6; // android.util.Log

  private final Framework framework;
  private final Pipe pipe;
  private final Start start;
  private final ClassLoader code;
  private final LinkedBlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
  private final AtomicReference<Exit> exit = new AtomicReference<>();
  private final CountDownLatch ended = new CountDownLatch(1);
  private final CountDownLatch left = new CountDownLatch(1);
  private final Domain time;
  private volatile Thread main;
  private volatile boolean outOfMemory;
  private String top = "";

  App(Framework framework, Pipe pipe, Start start, ClassLoader code) {
    this.framework = framework;
    this.pipe = pipe;
    this.start = start;
    this.code = code;
    this.time = VirtualDevice.domain(framework.threads);
  }

  Guest guest() {
    return framework.guest;
  }

  /** Others than the one who was told may have gone without: of the JVM, too. */
  boolean outOfMemory() {
    return outOfMemory;
  }

  ClassLoader code() {
    return code;
  }

  /** Start it, and run it until its end; `shown` once it has come to its first screen, or to its end. */
  void run(Runnable shown) throws Exception {
    try {
      framework.onMain(
          () -> {
            main = Thread.currentThread();
            main.setContextClassLoader(code);
            framework.guest.prepare(start, code);
            time.attach(framework.loader(), tasks::add);
            post(() -> framework.guest.launch(start.launch()), shown);
            while (exit.get() == null) {
              tasks.take().run();
            }
            return null;
          });
    } catch (InterruptedException | ThreadDeath pushed) {
      end(new Exit("itself", 0, "")); // should the app have done it, to its own main thread
    } finally {
      time.reset();
      ended.countDown();
      left.countDown();
    }
  }

  /** Have it done on the main thread, after what waits there; `done` also where the app has ended instead. */
  void post(Deed deed, Runnable done) {
    tasks.add(
        () -> {
          try {
            deed.act();
            show();
          } catch (ThreadDeath ended) {
            throw ended;
          } catch (Throwable uncaught) {
            main.getUncaughtExceptionHandler().uncaughtException(main, uncaught);
          } finally {
            done.run();
          }
        });
  }

  private void show() {
    String now = String.join("\n", framework.guest.top());
    if (!now.equals(top)) {
      top = now;
      String[] parts = now.split("\n");
      pipe.tell(Map.of("event", "state", "state", Map.of("activity", parts[0], "lifecycle", parts[1])));
    }
  }

  /** As the handler of last resort does (com.android.internal.os.RuntimeInit.KillApplicationHandler). */
  void crashed(Thread thread, Throwable uncaught) {
    if (uncaught instanceof ThreadDeath || exit.get() != null) {
      return;
    }
    outOfMemory |= uncaught instanceof OutOfMemoryError;
    StringWriter stack = new StringWriter();
    uncaught.printStackTrace(new PrintWriter(stack, true));
    String name = thread == main ? "main" : thread.getName();
    log(ERROR, "AndroidRuntime", "FATAL EXCEPTION: %s%nProcess: %s%n%s".formatted(name, start.packageName(), stack));
    end(new Exit("exception", 0, stack.toString()));
    if (thread == main) {
      throw new ThreadDeath();
    }
  }

  /** Only the first end counts. */
  void end(Exit how) {
    if (exit.compareAndSet(null, how)) {
      pipe.tell(Map.of("event", "exit", "by", how.by(), "code", how.code(), "stack", how.stack()));
      tasks.add(() -> {});
      ended.countDown();
    }
  }

  void log(int priority, String tag, String message) {
    if (exit.get() != null) {
      return;
    }
    pipe.tell(
        Map.of(
            "event", "log",
            "priority", priority,
            "tag", tag == null ? "" : tag,
            "message", message == null ? "" : message,
            "thread", Thread.currentThread().getId()));
  }

  /** Wait for its end, whatever its main thread may do then. */
  void awaitEnd() throws InterruptedException {
    ended.await();
  }

  /** After its end: whether its main thread is out of the app's code, by now or by force. */
  boolean left() throws InterruptedException {
    for (Runnable push : List.<Runnable>of(() -> {}, () -> main.interrupt(), () -> Threads.stop(main))) {
      push.run();
      if (left.await(LEAVE_WITHIN_MS, TimeUnit.MILLISECONDS)) {
        return true;
      }
    }
    return false;
  }
}
