package dev.testbed.worker;

import java.net.BindException;
import java.net.ConnectException;
import java.net.SocketException;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The abstract socket namespace (unix(7)) of the one app that runs. */
public final class Abstract {

  /** A socket that listens. */
  public static final class Listener {
    private final String name;
    private final ArrayDeque<Conduit> waiting = new ArrayDeque<>();
    private boolean closed;
    private boolean gone;

    private Listener(String name) {
      this.name = name;
    }

    /** As accept(2), it is not to be interrupted. */
    public synchronized Conduit accept() throws SocketException {
      boolean interrupted = false;
      while (waiting.isEmpty() && !closed) {
        try {
          wait();
        } catch (InterruptedException later) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      if (gone) {
        throw new ThreadDeath();
      }
      if (closed) {
        throw new SocketException("Socket closed");
      }
      return waiting.remove();
    }

    public synchronized void close() {
      LISTENERS.remove(name, this);
      closed = true;
      notifyAll();
    }

    private synchronized void add(Conduit theirs) {
      waiting.add(theirs);
      notifyAll();
    }

    private synchronized void leave() {
      gone = true;
      close();
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
  static void connect(String name, Conduit theirs) throws ConnectException {
    Listener listener = LISTENERS.get(name);
    if (listener == null) {
      throw new ConnectException("Connection refused");
    }
    listener.add(theirs);
  }

  /** A connection within the app itself. */
  public static Conduit connect(String name) throws ConnectException {
    PairedConduit[] ends = PairedConduit.pair();
    connect(name, ends[0]);
    return ends[1];
  }

  /** The app has ended: whoever accepts ends as well. */
  static void leaveAll() {
    LISTENERS.values().forEach(Listener::leave);
  }

  private Abstract() {}
}
