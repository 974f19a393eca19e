package dev.testbed.bridge;

import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Set;
import java.util.WeakHashMap;

/** A domain's sockets: they go with the app, as they do with a process, and so does who reads from them. */
public final class Connections {
  private final Set<Socket> sockets = Collections.newSetFromMap(new WeakHashMap<>());

  Connections() {}

  /** A socket is about to connect. */
  public static void connecting(Socket socket) {
    var domain = Domains.current();
    if (domain == null) return;
    domain.connections.add(socket);
    Guard.network();
  }

  void closeAll() {
    for (var socket : taken()) {
      try {
        socket.close();
      } catch (IOException e) {
        // it is closed all the same
      }
    }
  }

  private synchronized void add(Socket socket) {
    sockets.add(socket);
  }

  private synchronized ArrayList<Socket> taken() {
    var taken = new ArrayList<>(sockets);
    sockets.clear();
    return taken;
  }
}
