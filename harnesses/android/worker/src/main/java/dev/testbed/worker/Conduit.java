package dev.testbed.worker;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** One end of a connected socket of the abstract namespace, whoever has the other. */
public interface Conduit {

  InputStream in();

  OutputStream out();

  /** No more will be written. */
  void shutdownOutput() throws IOException;

  void close();
}
