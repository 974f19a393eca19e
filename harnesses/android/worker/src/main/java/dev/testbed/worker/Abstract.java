package dev.testbed.worker;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.SocketException;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;

/** The abstract socket namespace (unix(7)) of the one app that runs. */
public final class Abstract {

  /** A socket that listens. */
  public static final class Listener {
    private static final Conduit CLOSED = null;

    private final String name;
    private final BlockingQueue<Conduit[]> waiting = new LinkedBlockingQueue<>();

    private Listener(String name) {
      this.name = name;
    }

    public Conduit accept() throws IOException {
      try {
        Conduit accepted = waiting.take()[0];
        if (accepted == CLOSED) {
          close(); // for whoever else waits
          throw new SocketException("Socket closed");
        }
        return accepted;
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        throw new SocketException("Interrupted");
      }
    }

    public void close() {
      LISTENERS.remove(name, this);
      waiting.add(new Conduit[] {CLOSED});
    }
  }

  private static final Map<String, Listener> LISTENERS = new ConcurrentHashMap<>();

  public static Listener bind(String name) throws BindException {
    Listener made = new Listener(name);
    if (LISTENERS.putIfAbsent(name, made) != null) {
      throw new BindException("Address already in use");
    }
    return made;
  }

  /** Whoever accepts gets `theirs`. */
  public static void connect(String name, Conduit theirs) throws ConnectException {
    Listener listener = LISTENERS.get(name);
    if (listener == null) {
      throw new ConnectException("Connection refused");
    }
    listener.waiting.add(new Conduit[] {theirs});
  }

  /** A connection within the app itself. */
  public static Conduit connect(String name) throws ConnectException {
    PairedConduit[] ends = PairedConduit.pair();
    connect(name, ends[0]);
    return ends[1];
  }

  static void closeAll() {
    LISTENERS.values().forEach(Listener::close);
  }

  private Abstract() {}
}
