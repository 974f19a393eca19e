package dev.testbed.app;

import org.json.JSONException;

/** Tells of uncaught exceptions on the channel, and lets the system end the app as it would anyway. */
final class Crashes implements Thread.UncaughtExceptionHandler {
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

  @Override
  public void uncaughtException(Thread thread, Throwable thrown) {
    try {
      channel.say(Messages.exception(thrown, thread, blame.byPlugin(thrown)));
    } catch (JSONException e) {
      thrown.addSuppressed(e);
    } finally {
      if (system != null) system.uncaughtException(thread, thrown);
    }
  }
}
