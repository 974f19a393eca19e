package app;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.function.BiConsumer;

/** Waits for an answer that never comes. */
public final class Stuck {
  public static void run(String ignored, BiConsumer<String, Long> fired) throws IOException {
    var silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    var client = new Socket(silent.getInetAddress(), silent.getLocalPort());
    new Thread(() -> {
      try {
        client.getInputStream().read();
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }, "long poll").start();
  }
}
