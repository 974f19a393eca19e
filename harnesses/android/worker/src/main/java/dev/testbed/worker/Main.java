package dev.testbed.worker;

import com.google.gson.JsonObject;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;

/** The worker: runs one app after the other, as testbed asks over a pair of pipes. Ends with them. */
public final class Main {

  static final int UNUSABLE = 70; // EX_SOFTWARE

  private final Pipe pipe;
  private final Map<Integer, RemoteConduit> conduits = new ConcurrentHashMap<>();
  private volatile App app;
  private Framework framework;

  private Main(Pipe pipe) {
    this.pipe = pipe;
  }

  public static void main(String[] arguments) throws Exception {
    int code = 0;
    try {
      new Main(Pipe.inherited()).serve();
    } catch (EOFException gone) {
      code = 0;
    } catch (Throwable fault) {
      fault.printStackTrace();
      code = UNUSABLE;
    }
    Runtime.getRuntime().halt(code); // without the app's shutdown hooks
  }

  private void serve() throws IOException {
    while (true) {
      Frame frame = pipe.read();
      if (frame.kind() == Frame.Kind.CONTROL) {
        obey(Pipe.json(frame));
        continue;
      }
      RemoteConduit conduit = conduits.get(frame.stream());
      if (conduit == null) {
        continue;
      }
      switch (frame.kind()) {
        case DATA -> conduit.arrived(frame.payload());
        case ROOM -> conduit.roomFor(ByteBuffer.wrap(frame.payload()).getInt());
        case END -> conduit.over();
        default -> throw new IOException("unexpected " + frame.kind());
      }
    }
  }

  private void obey(JsonObject order) {
    int id = order.get("id").getAsInt();
    App running = app;
    switch (order.get("do").getAsString()) {
      case "start" -> start(id, Pipe.as(order.getAsJsonObject("start"), Start.class));
      case "connect" -> connect(id, order.get("stream").getAsInt(), order.get("socket").getAsString());
      case "close" -> close(order.get("stream").getAsInt());
      case "stop" -> {
        if (running != null) {
          running.end(new Exit("system", 0, ""));
        }
      }
      case "deliver" -> {
        Call call = Pipe.as(order.getAsJsonObject("launch"), Call.class);
        onMain(id, running, () -> framework.guest.deliver(call));
      }
      case "background" -> onMain(id, running, framework.guest::background);
      case "surround" -> {
        Setting setting = Pipe.as(order.getAsJsonObject("setting"), Setting.class);
        onMain(id, running, () -> framework.guest.surround(setting));
      }
      default -> fault(id, "unknown order " + order);
    }
  }

  private interface Deed {
    void act() throws Exception;
  }

  private void onMain(int id, App running, Deed deed) {
    if (running == null) {
      done(id);
      return;
    }
    Callable<?> task =
        () -> {
          deed.act();
          return null;
        };
    running.post(task).thenRun(() -> done(id));
  }

  private void start(int id, Start start) {
    Thread thread = new Thread(() -> run(id, start), "app");
    thread.setDaemon(true);
    thread.start();
  }

  private void run(int id, Start start) {
    Path folder = null;
    try {
      if (framework == null || framework.api != start.setting().api()) {
        framework = new Framework(start.setting().api());
      }
      World world = new World();
      Threads before = new Threads(framework.threads);
      folder = Files.createTempDirectory("app");
      AppLoader code = new AppLoader(Apk.jars(Path.of(start.apk()), folder), framework.loader());
      App starting = new App(framework, pipe, start, code);
      app = starting;
      Host.app = starting;
      Thread.setDefaultUncaughtExceptionHandler(starting::crashed);
      onMain(id, starting, () -> framework.guest.start(start, code));
      starting.run();
      List<String> dirty = starting.clear(before, world);
      app = null;
      Host.app = null;
      conduits.values().forEach(RemoteConduit::close);
      conduits.clear();
      if (!dirty.isEmpty()) {
        framework = null;
      }
      pipe.tell(Map.of("event", "idle", "spent", String.join(", ", dirty)));
    } catch (Throwable fault) {
      fault.printStackTrace();
      fault(id, fault.toString());
    }
  }

  private void connect(int id, int stream, String socket) {
    RemoteConduit conduit = new RemoteConduit(pipe, stream);
    conduits.put(stream, conduit);
    try {
      Abstract.connect(socket, conduit);
      done(id);
    } catch (ConnectException refused) {
      conduits.remove(stream);
      pipe.tell(Map.of("re", id, "refused", true));
    }
  }

  private void close(int stream) {
    RemoteConduit conduit = conduits.remove(stream);
    if (conduit != null) {
      conduit.over();
      conduit.close();
    }
  }

  private void done(int id) {
    pipe.tell(Map.of("re", id));
  }

  private void fault(int id, String message) {
    Map<String, Object> told = new HashMap<>();
    told.put("re", id);
    told.put("fault", message);
    pipe.tell(told);
  }
}
