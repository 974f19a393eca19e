package dev.testbed.worker;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;

import static java.nio.charset.StandardCharsets.UTF_8;

/** The way to testbed: it reads on one thread, and any thread writes. */
final class Pipe {

  /** Held by whoever writes: nobody is stopped meanwhile. There is one pipe. */
  static final Object WRITING = new Object();

  private static final Gson GSON = new Gson();

  private final DataInputStream in;
  private final DataOutputStream out;

  private Pipe(DataInputStream in, DataOutputStream out) {
    this.in = in;
    this.out = out;
  }

  /** Over descriptors 3 and 4, which testbed.jail.started hands down. */
  static Pipe inherited() throws IOException {
    return new Pipe(
        new DataInputStream(new BufferedInputStream(new FileInputStream("/dev/fd/3"), 1 << 16)),
        new DataOutputStream(new BufferedOutputStream(new FileOutputStream("/dev/fd/4"), 1 << 16)));
  }

  /** Throws EOFException once testbed is gone. */
  Frame read() throws IOException {
    return Frame.read(in);
  }

  static JsonObject json(Frame frame) {
    return JsonParser.parseString(new String(frame.payload(), UTF_8)).getAsJsonObject();
  }

  static <T> T as(JsonElement json, Class<T> type) {
    return GSON.fromJson(json, type);
  }

  void tell(Map<String, ?> message) {
    send(new Frame(Frame.Kind.CONTROL, 0, GSON.toJson(message).getBytes(UTF_8)));
  }

  void data(int stream, byte[] bytes) {
    send(new Frame(Frame.Kind.DATA, stream, bytes));
  }

  void end(int stream) {
    send(new Frame(Frame.Kind.END, stream, new byte[0]));
  }

  void room(int stream, int bytes) {
    send(new Frame(Frame.Kind.ROOM, stream, ByteBuffer.allocate(4).putInt(bytes).array()));
  }

  private void send(Frame frame) {
    synchronized (WRITING) {
      try {
        frame.write(out);
        out.flush();
      } catch (IOException | OutOfMemoryError unusable) {
        Runtime.getRuntime().halt(Main.UNUSABLE); // half a frame may be out: nothing that follows could be read
      }
    }
  }
}
