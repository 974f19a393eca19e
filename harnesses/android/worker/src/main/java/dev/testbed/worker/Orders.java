package dev.testbed.worker;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What testbed asks for. An order has an id, by which it is answered once it is carried out. */
final class Orders {

  private final Stage stage;
  private final Pipe pipe;
  private final Map<Integer, RemoteConduit> conduits = new ConcurrentHashMap<>();

  Orders(Stage stage, Pipe pipe) {
    this.stage = stage;
    this.pipe = pipe;
  }

  void serve() throws IOException {
    while (true) {
      Frame frame = pipe.read();
      if (frame.kind() == Frame.Kind.CONTROL) {
        obey(Pipe.json(frame));
      } else {
        carry(frame);
      }
    }
  }

  private void carry(Frame frame) {
    RemoteConduit conduit = conduits.get(frame.stream());
    if (conduit == null) {
      return; // closed while this was on its way
    }
    switch (frame.kind()) {
      case DATA -> conduit.arrived(frame.payload());
      case ROOM -> conduit.roomFor(ByteBuffer.wrap(frame.payload()).getInt());
      case END -> conduit.over();
      case CONTROL -> throw new AssertionError(frame);
    }
  }

  private void obey(JsonObject order) {
    int id = order.get("id").getAsInt();
    switch (order.get("do").getAsString()) {
      case "start" -> start(id, Pipe.as(order.get("start"), Start.class));
      case "stop" -> stop();
      case "connect" -> connect(id, order.get("stream").getAsInt(), order.get("socket").getAsString());
      case "close" -> close(order.get("stream").getAsInt());
      case "deliver" -> {
        Call call = Pipe.as(order.get("launch"), Call.class);
        onMain(id, app -> app.guest().deliver(call));
      }
      case "background" -> onMain(id, app -> app.guest().background());
      case "surround" -> {
        Setting setting = Pipe.as(order.get("setting"), Setting.class);
        onMain(id, app -> app.guest().surround(setting));
      }
      default -> fault(id, "no such order: " + order);
    }
  }

  private void start(int id, Start start) {
    Thread thread = new Thread(() -> play(id, start), "app");
    thread.setDaemon(true);
    thread.start();
  }

  private void play(int id, Start start) {
    try {
      Left left = stage.play(start, () -> done(id));
      conduits.values().forEach(RemoteConduit::close);
      conduits.clear();
      pipe.tell(Map.of("event", "idle", "spent", left.spent(), "held", left.held()));
    } catch (Throwable fault) {
      fault.printStackTrace();
      fault(id, fault.toString());
    }
  }

  private void stop() {
    App app = stage.app();
    if (app != null) {
      app.end(new Exit("system", 0, ""));
    }
  }

  private interface Deed {
    void act(App app) throws Exception;
  }

  private void onMain(int id, Deed deed) {
    App app = stage.app();
    if (app == null) {
      done(id);
    } else {
      app.post(() -> deed.act(app), () -> done(id));
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
    pipe.tell(Map.of("re", id, "fault", message));
  }
}
