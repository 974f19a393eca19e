package dev.testbed.app;

import android.app.Application;
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
    steps = new Steps(application, bridge);
    crashes = new Crashes(channel, blame);
    watch = new Watch(channel, blame, bridge);
  }

  /** Begin to see exceptions and a main thread that is held up. */
  public void start() {
    crashes.install();
    watch.start();
  }

  /** Serve one client of the harness channel until it goes. */
  public void serve(InputStream in, OutputStream out) throws IOException {
    channel.serve(in, out, steps);
  }

  /** The SDK, once it is set up; null before. */
  Sdk sdk() {
    return steps.sdk();
  }
}
