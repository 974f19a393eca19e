package dev.testbed.worker;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/** One run of an app, from its first class to the last of its threads. */
final class App {

  private static final int TURN_MS = 5;
  private static final int LEAVE_WITHIN_MS = 500;
  private static final int ERROR = 6; // android.util.Log

  private record Task(Callable<?> what, CompletableFuture<Object> done) {}

  private final Framework framework;
  private final Pipe pipe;
  private final Start start;
  private final AppLoader code;
  private final LinkedBlockingQueue<Task> tasks = new LinkedBlockingQueue<>();
  private final AtomicReference<Exit> exit = new AtomicReference<>();
  private final CompletableFuture<Void> left = new CompletableFuture<>();
  private volatile Thread main;
  private String top = "";

  App(Framework framework, Pipe pipe, Start start, AppLoader code) {
    this.framework = framework;
    this.pipe = pipe;
    this.start = start;
    this.code = code;
  }

  ClassLoader code() {
    return code;
  }

  WeakReference<ClassLoader> trace() {
    return new WeakReference<>(code);
  }

  /** Its main thread: returns when the app has ended. */
  void run() {
    try {
      framework.call(
          () -> {
            main = Thread.currentThread();
            main.setContextClassLoader(code);
            loop();
            return null;
          });
    } finally {
      left.complete(null);
    }
  }

  private void loop() {
    long then = System.nanoTime();
    try {
      while (exit.get() == null) {
        Task task = tasks.poll(TURN_MS, TimeUnit.MILLISECONDS);
        if (task != null) {
          perform(task);
        }
        long ms = (System.nanoTime() - then) / 1_000_000;
        then += ms * 1_000_000;
        framework.guest.pass(ms);
        show();
      }
    } catch (Throwable uncaught) {
      if (!(uncaught instanceof ThreadDeath)) {
        Thread.getDefaultUncaughtExceptionHandler().uncaughtException(Thread.currentThread(), uncaught);
        crashed(Thread.currentThread(), uncaught); // should the app's own handler have let it live: its loop is over
      }
    }
  }

  private void perform(Task task) throws Throwable {
    try {
      Object result = task.what.call();
      show();
      task.done.complete(result);
    } catch (Throwable uncaught) {
      task.done.complete(null); // how the app took it is told by its exit
      throw uncaught;
    }
  }

  /** Have it done on the main thread, after what is waiting there. */
  CompletableFuture<Object> post(Callable<?> what) {
    CompletableFuture<Object> done = new CompletableFuture<>();
    tasks.add(new Task(what, done));
    return done;
  }

  private void show() {
    String now = String.join("\n", framework.guest.top());
    if (!now.equals(top)) {
      top = now;
      String[] parts = now.split("\n", -1);
      pipe.tell(Map.of("event", "state", "state", parts.length == 2 ? Map.of("activity", parts[0], "lifecycle", parts[1]) : Map.of()));
    }
  }

  void crashed(Thread thread, Throwable uncaught) {
    if (uncaught instanceof ThreadDeath || exit.get() != null) {
      return;
    }
    StringWriter stack = new StringWriter();
    uncaught.printStackTrace(new PrintWriter(stack, true));
    String name = thread == main ? "main" : thread.getName();
    log(ERROR, "AndroidRuntime", "FATAL EXCEPTION: %s%nProcess: %s%n%s".formatted(name, start.packageName(), stack));
    end(new Exit("exception", 0, stack.toString()));
  }

  /** Only the first end counts. */
  void end(Exit how) {
    if (exit.compareAndSet(null, how)) {
      pipe.tell(Map.of("event", "exit", "by", how.by(), "code", how.code(), "stack", how.stack()));
    }
  }

  boolean ended() {
    return exit.get() != null;
  }

  void log(int priority, String tag, String message) {
    Map<String, Object> line = new HashMap<>();
    line.put("event", "log");
    line.put("priority", priority);
    line.put("tag", tag == null ? "" : tag);
    line.put("message", message == null ? "" : message);
    line.put("thread", Thread.currentThread().getId());
    pipe.tell(line);
  }

  /**
   * After its end: stop its threads, forget its state, put the JVM back as it was. Returns what could not be undone, for
   * which this framework must not be used again.
   */
  List<String> clear(Threads before, World world) throws IOException {
    if (!leaves()) {
      return List.of("the main thread does not end");
    }
    Abstract.closeAll();
    try {
      framework.call(
          () -> {
            framework.guest.forget();
            Thread.currentThread().setContextClassLoader(framework.loader());
            return null;
          });
    } catch (RuntimeException | Error fault) {
      return List.of("the framework could not be reset: " + fault);
    }
    List<String> alive = before.stopOthers();
    world.restore(code);
    code.close();
    return alive;
  }

  private boolean leaves() {
    for (Runnable push : List.<Runnable>of(() -> {}, () -> main.interrupt(), () -> Threads.stop(main))) {
      push.run();
      try {
        left.get(LEAVE_WITHIN_MS, TimeUnit.MILLISECONDS);
        return true;
      } catch (java.util.concurrent.TimeoutException stays) {
        continue;
      } catch (InterruptedException | java.util.concurrent.ExecutionException over) {
        return false;
      }
    }
    return false;
  }
}
