package dev.testbed.app;

import android.app.Application;
import android.os.StrictMode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** What the app is made of, whatever its channel is carried by. */
public final class Harness {
  private final Channel channel;
  private final Steps steps;
  private final Crashes crashes;
  private final Watch watch;

  public Harness(Application application) {
    var blame = Blame.read(application);
    var bridge = new Bridge();
    channel = new Channel(blame);
    crashes = new Crashes(channel, blame);
    steps = new Steps(application, bridge, crashes);
    watch = new Watch(channel, blame, bridge);
  }

  /** Begin to see exceptions and a main thread that is held up. */
  public void start() {
    forbidNetworkOnMain();
    crashes.install();
    watch.start();
  }

  /** Serve one client of the harness channel until it goes. */
  public void serve(InputStream in, OutputStream out) throws IOException {
    channel.serve(in, out, steps);
  }

  /** Android's own default for apps of today, wherever the app runs: an exception. On the main thread. */
  private static void forbidNetworkOnMain() {
    var policy = new StrictMode.ThreadPolicy.Builder(StrictMode.getThreadPolicy());
    StrictMode.setThreadPolicy(policy.detectNetwork().penaltyDeathOnNetwork().build());
  }

  /** The SDK, once it is set up; null before. */
  Sdk sdk() {
    return steps.sdk();
  }
}
