package dev.testbed.worker;

/** The side of the framework: dev.testbed.inside.Phone, in a sandbox. All of it runs on the sandbox's main thread. */
public interface Guest {

  /** Start what is the framework's own: its threads are none of an app's. */
  void warmUp() throws Exception;

  /** The phone and the installed APK, with nothing of the app's code yet. */
  void prepare(Start start, ClassLoader code) throws Exception;

  /** The app, up to its first screen. */
  void launch(Call call) throws Exception;

  void deliver(Call call) throws Exception;

  void background();

  void surround(Setting setting);

  /** The class of the top activity and its place in the life cycle; empty while there is none. */
  String[] top();

  /** Forget the app; what it has yet to store, it stores first. */
  void forget() throws Exception;
}
