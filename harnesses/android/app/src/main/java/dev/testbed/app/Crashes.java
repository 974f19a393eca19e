package dev.testbed.app;

/** Tells of uncaught exceptions on the channel, and lets the system end the app as it would anyway. */
final class Crashes implements Thread.UncaughtExceptionHandler, Caught {
  private final Channel channel;
  private final Blame blame;
  private Thread.UncaughtExceptionHandler system;

  Crashes(Channel channel, Blame blame) {
    this.channel = channel;
    this.blame = blame;
  }

  void install() {
    system = Thread.getDefaultUncaughtExceptionHandler();
    Thread.setDefaultUncaughtExceptionHandler(this);
  }

  /** What is not the plugin's is the SDK's own affair (a failed upload). */
  @Override
  public void tell(Throwable thrown) {
    if (blame.byPlugin(thrown)) channel.say(Messages.caught(thrown));
  }

  @Override
  public void tell(String message) {
    channel.say(Messages.caught(message));
  }

  @Override
  public void uncaughtException(Thread thread, Throwable thrown) {
    try {
      channel.say(Messages.exception(thrown, thread, blame.byPlugin(thrown)));
    } finally {
      if (system != null) system.uncaughtException(thread, thrown);
    }
  }
}
