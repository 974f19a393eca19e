package dev.testbed.worker;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;

/** One end of a connection whose other end is in this process as well. */
final class PairedConduit implements Conduit {

  private final InputStream in;
  private final OutputStream out;

  private PairedConduit(Pipe from, Pipe to) {
    in = Channels.newInputStream(from.source());
    out = Channels.newOutputStream(to.sink());
  }

  static PairedConduit[] pair() {
    try {
      Pipe there = Pipe.open();
      Pipe back = Pipe.open();
      return new PairedConduit[] {new PairedConduit(there, back), new PairedConduit(back, there)};
    } catch (IOException noDescriptors) {
      throw new java.io.UncheckedIOException(noDescriptors);
    }
  }

  @Override
  public InputStream in() {
    return in;
  }

  @Override
  public OutputStream out() {
    return out;
  }

  @Override
  public void shutdownOutput() throws IOException {
    out.close();
  }

  @Override
  public void close() {
    try (in;
        out) {
      return;
    } catch (IOException closedAlready) {
      return;
    }
  }
}
