package dev.testbed.worker;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.Arrays;

/** A connection from testbed to a socket that the app listens on: a stream of frames, each way within a window. */
final class RemoteConduit implements Conduit {

  /** Bytes that may be on their way without having been read. WINDOW in frames.py is the same. */
  static final int WINDOW = 1 << 18;

  private static final int PIECE = 1 << 16;

  private final Pipe pipe;
  private final int stream;
  private final ArrayDeque<byte[]> arrived = new ArrayDeque<>();
  private int read;
  private int consumed;
  private int room = WINDOW;
  private boolean over;
  private boolean ended;
  private boolean closed;

  RemoteConduit(Pipe pipe, int stream) {
    this.pipe = pipe;
    this.stream = stream;
  }

  synchronized void arrived(byte[] bytes) {
    if (!closed) {
      arrived.add(bytes);
      notifyAll();
    }
  }

  /** The other side has no more to say. */
  synchronized void over() {
    over = true;
    notifyAll();
  }

  synchronized void roomFor(int bytes) {
    room += bytes;
    notifyAll();
  }

  @Override
  public synchronized void shutdownOutput() {
    if (!ended) {
      ended = true;
      pipe.end(stream);
      notifyAll();
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    arrived.clear();
    shutdownOutput();
    notifyAll();
  }

  private synchronized int take(byte[] into, int offset, int length) throws IOException {
    while (arrived.isEmpty() && !over && !closed) {
      await();
    }
    if (closed) {
      throw new IOException("socket closed");
    }
    if (arrived.isEmpty()) {
      return -1;
    }
    byte[] first = arrived.peek();
    int count = Math.min(length, first.length - read);
    System.arraycopy(first, read, into, offset, count);
    read += count;
    if (read == first.length) {
      arrived.remove();
      read = 0;
    }
    consumed += count;
    if (consumed >= WINDOW / 2) {
      pipe.room(stream, consumed);
      consumed = 0;
    }
    return count;
  }

  private synchronized int available() {
    return arrived.stream().mapToInt(each -> each.length).sum() - read;
  }

  private synchronized void put(byte[] from, int offset, int length) throws IOException {
    for (int done = 0; done < length; ) {
      while (room == 0 && !ended) {
        await();
      }
      if (ended) {
        throw new IOException("Broken pipe");
      }
      int count = Math.min(Math.min(room, PIECE), length - done);
      room -= count;
      pipe.data(stream, Arrays.copyOfRange(from, offset + done, offset + done + count));
      done += count;
    }
  }

  private void await() throws IOException {
    try {
      wait();
    } catch (InterruptedException interrupted) {
      throw new InterruptedIOException();
    }
  }

  @Override
  public InputStream in() {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return take(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
      }

      @Override
      public int read(byte[] into, int offset, int length) throws IOException {
        return length == 0 ? 0 : take(into, offset, length);
      }

      @Override
      public int available() {
        return RemoteConduit.this.available();
      }

      @Override
      public void close() {
        RemoteConduit.this.close();
      }
    };
  }

  @Override
  public OutputStream out() {
    return new OutputStream() {
      @Override
      public void write(int one) throws IOException {
        put(new byte[] {(byte) one}, 0, 1);
      }

      @Override
      public void write(byte[] from, int offset, int length) throws IOException {
        put(from, offset, length);
      }

      @Override
      public void close() {
        RemoteConduit.this.close();
      }
    };
  }
}
