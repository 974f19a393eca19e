package app;

import java.util.function.BiConsumer;

/** Ends the process, in each of the ways that there are; what comes after must not happen. */
public final class Ends {
  public static void run(String how, BiConsumer<String, Long> fired) throws InterruptedException {
    var thread = new Thread(() -> {
      switch (how) {
        case "exit" -> System.exit(3);
        case "runtime-exit" -> Runtime.getRuntime().exit(4);
        case "halt" -> Runtime.getRuntime().halt(5);
        default -> throw new IllegalArgumentException(how);
      }
      fired.accept("survived", 0L);
    });
    thread.start();
    thread.join();
  }
}
