package dev.testbed.app;

import android.app.Application;
import android.net.LocalServerSocket;
import android.net.LocalSocket;
import android.util.Log;
import androidx.lifecycle.ProcessLifecycleOwner;
import java.io.IOException;

/** Listens on the abstract socket "testbed" from the start on, for one client at a time. */
public class HarnessApplication extends Application {
  static final String TAG = "testbed";
  private static final String SOCKET = "testbed";

  private Harness harness;

  @Override
  public void onCreate() {
    super.onCreate();
    ProcessLifecycleOwner.init(this);
    harness = new Harness(this);
    harness.start();
    try {
      var server = new LocalServerSocket(SOCKET);
      new Thread(() -> listen(server), "testbed channel").start();
    } catch (IOException e) {
      throw new IllegalStateException("cannot listen on localabstract:" + SOCKET, e);
    }
  }

  Harness harness() {
    return harness;
  }

  /** Until the socket is closed, with the process. */
  private void listen(LocalServerSocket server) {
    try {
      while (true) serve(server.accept());
    } catch (IOException e) {
      Log.i(TAG, "the harness channel is closed: " + e);
    }
  }

  private void serve(LocalSocket client) throws IOException {
    try {
      harness.serve(client.getInputStream(), client.getOutputStream());
    } catch (IOException e) {
      Log.i(TAG, "the client of the harness channel is gone: " + e);
    } finally {
      client.close();
    }
  }
}
