package dev.testbed.agent;

import java.util.List;

/** Which classes are rewritten. Names are internal ones, with slashes. */
final class Scope {
  /** What waits for time, or tells it, in the JDK. */
  private static final List<String> JDK = List.of(
      "java/lang/Thread",
      "java/time/Clock",
      "java/time/Clock$SystemClock",
      "java/util/Calendar",
      "java/util/Date",
      "java/util/GregorianCalendar",
      "java/util/Timer",
      "java/util/TimerTask",
      "java/util/TimerThread",
      "java/util/concurrent/CompletableFuture",
      "java/util/concurrent/CompletableFuture$Signaller",
      "java/util/concurrent/DelayQueue",
      "java/util/concurrent/Exchanger",
      "java/util/concurrent/ForkJoinPool",
      "java/util/concurrent/FutureTask",
      "java/util/concurrent/LinkedTransferQueue",
      "java/util/concurrent/Phaser",
      "java/util/concurrent/Phaser$QNode",
      "java/util/concurrent/ScheduledThreadPoolExecutor",
      "java/util/concurrent/ScheduledThreadPoolExecutor$DelayedWorkQueue",
      "java/util/concurrent/ScheduledThreadPoolExecutor$ScheduledFutureTask",
      "java/util/concurrent/SynchronousQueue",
      "java/util/concurrent/SynchronousQueue$TransferQueue",
      "java/util/concurrent/SynchronousQueue$TransferStack",
      "java/util/concurrent/TimeUnit",
      "java/util/concurrent/AbstractExecutorService",
      "java/util/concurrent/ExecutorCompletionService",
      "java/util/concurrent/locks/AbstractQueuedLongSynchronizer",
      "java/util/concurrent/locks/AbstractQueuedLongSynchronizer$ConditionObject",
      "java/util/concurrent/locks/AbstractQueuedSynchronizer",
      "java/util/concurrent/locks/AbstractQueuedSynchronizer$ConditionObject",
      "java/util/concurrent/locks/LockSupport",
      "java/util/concurrent/locks/StampedLock");

  /** Those that are loaded late, and shared by all domains. */
  private static final List<String> LATE = List.of(
      "java.net.InetAddress",
      "java.net.Socket",
      "java.util.Timer",
      "java.util.concurrent.CompletableFuture",
      "java.util.concurrent.DelayQueue",
      "java.util.concurrent.ForkJoinPool",
      "java.util.concurrent.FutureTask",
      "java.util.concurrent.LinkedTransferQueue",
      "java.util.concurrent.ScheduledThreadPoolExecutor",
      "java.util.concurrent.SynchronousQueue");

  /** Of a sandbox, and no app's: Robolectric intercepts the time of its framework itself. */
  private static final List<String> FRAMEWORK = List.of(
      "android/", "androidx/test/", "com/almworks/", "com/android/", "com/google/android/", "dalvik/", "dev/testbed/",
      "java/", "javax/", "jdk/", "libcore/", "org/robolectric/", "sun/");

  /** What a sandbox leaves to the host, and apps wait in. */
  private static final List<String> HOST = List.of("kotlin/", "kotlinx/");

  private Scope() {}

  /** Load what is rewritten while nothing but this starts. */
  static void load() throws ClassNotFoundException {
    for (var name : LATE) Class.forName(name);
  }

  static boolean holds(ClassLoader loader, String name) {
    if (Answers.has(name)) return true;
    if (loader == null) return ofJdk(name);
    if (begins(name, HOST)) return true;
    return ofSandbox(loader) && !begins(name, FRAMEWORK);
  }

  static boolean ofJdk(String name) {
    return JDK.contains(name) || Sockets.has(name);
  }

  /** Robolectric's loader, or one whose classes may come from it. */
  private static boolean ofSandbox(ClassLoader loader) {
    for (var above = loader; above != null; above = above.getParent()) {
      for (Class<?> type = above.getClass(); type != null; type = type.getSuperclass()) {
        if (type.getName().endsWith(".SandboxClassLoader")) return true;
      }
    }
    return false;
  }

  private static boolean begins(String name, List<String> prefixes) {
    for (var prefix : prefixes) {
      if (name.startsWith(prefix)) return true;
    }
    return false;
  }
}
