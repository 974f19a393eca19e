package dev.testbed.bridge;

import java.util.function.Consumer;

/** What calls that would end the process become: rewritten call sites come here. */
public final class Exits {
  static volatile Consumer<Exit> listener;

  private Exits() {}

  /** For System.exit(int). */
  public static void exit(int code) {
    end("System.exit", code, () -> Runtime.getRuntime().exit(code));
  }

  /** For Runtime.exit(int). */
  public static void exit(Runtime runtime, int code) {
    end("Runtime.exit", code, () -> runtime.exit(code));
  }

  /** For Runtime.halt(int). */
  public static void halt(Runtime runtime, int code) {
    end("Runtime.halt", code, () -> runtime.halt(code));
  }

  /** For android.os.Process.killProcess(int): apps may only kill themselves. */
  public static void kill(int pid) {
    end("Process.killProcess", 9, () -> {});
  }

  private static void end(String how, int code, Runnable real) {
    var domain = Domains.current();
    var told = listener;
    if (domain == null || told == null) {
      real.run();
      return;
    }
    told.accept(new Exit(domain.group, how, code, new Throwable().getStackTrace()));
    throw new Exited();
  }

  /** Unwinds the thread that called: nothing after the call may run. */
  private static final class Exited extends ThreadDeath {}
}
