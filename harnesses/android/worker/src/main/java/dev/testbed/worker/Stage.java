package dev.testbed.worker;

import dev.testbed.bridge.VirtualDevice;
import java.io.IOException;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import javax.imageio.spi.IIORegistry;

/** Where apps run one after the other: on one framework as long as each leaves it clean, else on a fresh one. */
final class Stage {

  /** Classes of so many ended apps may still be there. */
  private static final int HELD = 4;

  private static final int GONE_WITHIN_MS = 50;
  private static final int MOST_REPLACED = 2;
  private static final int MOST_APPS = 250;
  private static final int MOST_RESIDENT_MB = 900;

  private final int api;
  private final boolean jailed;
  private final Pipe pipe;
  private final World world = new World();
  private final List<WeakReference<ClassLoader>> past = new ArrayList<>();
  private final ReferenceQueue<ClassLoader> gone = new ReferenceQueue<>();
  private CompletableFuture<Framework> next;
  private int played;
  private int replaced;
  private volatile App app;

  /** Boots at once. */
  Stage(int api, boolean jailed, Pipe pipe) {
    this.api = api;
    this.jailed = jailed;
    this.pipe = pipe;
    IIORegistry.getDefaultInstance(); // else AWT keeps the context loader of the app that is the first to draw
    this.next = booting();
    VirtualDevice.onExit(exit -> Host.exit(exit.code()));
  }

  /** The app that runs; null between two. */
  App app() {
    return app;
  }

  /** Run an app, from its start to the last of what it leaves. `shown` once it is to be seen. */
  Left play(Start start, Runnable shown) throws Exception {
    Framework framework = next.get();
    Path jars = Files.createTempDirectory("app");
    AppLoader code = new AppLoader(Apk.unpack(Path.of(start.apk()), jars), framework.loader());
    App playing = new App(framework, pipe, start, code);
    past.add(new WeakReference<>(code, gone));
    Host.is(playing);
    Thread.setDefaultUncaughtExceptionHandler(playing::crashed);
    app = playing;
    FutureTask<Void> running =
        new FutureTask<>(
            () -> {
              playing.run(shown);
              return null;
            });
    new Thread(running, "app's main").start();
    playing.awaitEnd();
    Left left = clear(framework, playing, code);
    app = null;
    Host.is(null);
    if (running.isDone()) {
      running.get(); // what went wrong on our side
    }
    delete(jars);
    if (left.clean()) {
      return left;
    }
    framework.close();
    if (++replaced > MOST_REPLACED && left.spent().isEmpty()) {
      return new Left(false, left.held(), "its framework was replaced %d times".formatted(MOST_REPLACED));
    }
    next = booting();
    return left;
  }

  private CompletableFuture<Framework> booting() {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return Framework.boot(api);
          } catch (Exception fault) {
            throw new IllegalStateException("the framework does not boot", fault);
          }
        },
        task -> new Thread(task, "boot").start());
  }

  private Left clear(Framework framework, App ended, AppLoader code) throws Exception {
    if (!ended.left()) {
      return new Left(false, 0, "its main thread does not end");
    }
    framework.own.muteOthers(code);
    Abstract.leaveAll();
    boolean clean = forgets(framework);
    List<String> alive = framework.own.stopOthers(code);
    Descriptors.shutSockets();
    boolean children = Vitals.endChildren(jailed);
    world.restore(code);
    code.close();
    int held = held();
    return new Left(clean && held <= HELD, held, spent(alive, children, ended.outOfMemory(), held));
  }

  private static boolean forgets(Framework framework) {
    try {
      framework.onMain(
          () -> {
            framework.guest.forget();
            ThreadLocals.clear(Thread.currentThread(), framework.loader());
            Thread.currentThread().setContextClassLoader(framework.loader());
            return null;
          });
      return true;
    } catch (Exception | LinkageError fault) {
      fault.printStackTrace();
      return false;
    }
  }

  private String spent(List<String> alive, boolean children, boolean outOfMemory, int held) throws IOException {
    played++;
    if (!alive.isEmpty()) {
      return "threads of an ended app do not end: " + String.join(", ", alive);
    }
    if (children) {
      return "an app has started processes";
    }
    if (outOfMemory) {
      return "an app has run out of memory";
    }
    if (held > 2 * HELD) {
      return "the classes of %d ended apps are still held".formatted(held);
    }
    if (played >= MOST_APPS) {
      return "it has run %d apps".formatted(played);
    }
    int resident = Vitals.residentMb();
    return resident > MOST_RESIDENT_MB ? "it has grown to %d MB".formatted(resident) : "";
  }

  /** How many loaders of ended apps something holds on to. Some go in two steps (java.util.Timer's Cleaner). */
  private int held() throws InterruptedException {
    for (int turn = 0; turn < 2 && past.size() > HELD; turn++) {
      System.gc();
      gone.remove(GONE_WITHIN_MS);
      past.removeIf(each -> each.refersTo(null));
    }
    return past.size();
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path each : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }
}
