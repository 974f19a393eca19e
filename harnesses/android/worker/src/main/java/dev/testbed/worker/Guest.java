package dev.testbed.worker;

/** The side of the framework: dev.testbed.inside.Phone, in a sandbox. All of it runs on the sandbox's main thread. */
public interface Guest {

  /** Everything up to the app's first screen. */
  void start(Start start, ClassLoader code) throws Exception;

  void deliver(Call call) throws Exception;

  void background();

  void surround(Setting setting);

  /** Let the main thread's looper do what is due, so much time later. */
  void pass(long ms);

  /** The class of the top activity and its place in the life cycle; empty while there is none. */
  String[] top();

  /** Forget the app; what it has yet to store, it stores first. */
  void forget() throws Exception;
}
