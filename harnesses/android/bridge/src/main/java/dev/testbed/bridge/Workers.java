package dev.testbed.bridge;

/** The bridge's own threads: of no domain, so that their time is real, and never a reason to stay. */
final class Workers {
  private static final ThreadGroup ROOT = root();

  private Workers() {}

  static Thread start(String name, Runnable work) {
    var thread = new Thread(ROOT, work, "testbed " + name);
    thread.setDaemon(true);
    thread.setContextClassLoader(null);
    thread.start();
    return thread;
  }

  private static ThreadGroup root() {
    var group = Thread.currentThread().getThreadGroup();
    while (group.getParent() != null) group = group.getParent();
    return group;
  }
}
