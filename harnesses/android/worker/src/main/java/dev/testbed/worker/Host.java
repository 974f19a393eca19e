package dev.testbed.worker;

/** What the framework's side asks of this side. One app runs at a time. */
public final class Host {

  private static volatile App app;

  static void is(App running) {
    app = running;
  }

  /** A line for logcat, of any length. */
  public static void log(int priority, String tag, String message) {
    App running = app;
    if (running != null) {
      running.log(priority, tag, message);
    }
  }

  /** The app ends its own process. Does not return. */
  public static void exit(int code) {
    App running = app;
    if (running != null) {
      running.end(new Exit("itself", code, ""));
    }
    throw new ThreadDeath();
  }

  /** The classes of the app that runs. */
  public static ClassLoader code() {
    App running = app;
    return running == null ? Host.class.getClassLoader() : running.code();
  }

  private Host() {}
}
