package acme;

import android.os.Handler;
import android.os.Looper;
import android.os.Process;
import java.net.Socket;

/** What a plugin may do wrong, by the name of an event. */
final class Deeds {
  private static volatile double sum;

  private Deeds() {}

  static void act(String event) {
    switch (event) {
      case "throw" -> throw new IllegalStateException("planted");
      case "throw on main" -> onMain(() -> {
        throw new IllegalStateException("planted");
      });
      case "throw on a thread" -> new Thread(() -> {
        throw new IllegalStateException("planted");
      }, "acme thread").start();
      case "wait on main" -> onMain(Deeds::sleep);
      case "compute on main" -> onMain(Deeds::compute);
      case "network on main" -> onMain(Deeds::connect);
      case "wait on main later" -> new Handler(Looper.getMainLooper()).postDelayed(Deeds::sleep, 10_000);
      case "exit" -> System.exit(3);
      case "kill" -> Process.killProcess(Process.myPid());
      default -> {}
    }
  }

  private static void onMain(Runnable work) {
    new Handler(Looper.getMainLooper()).post(work);
  }

  private static void sleep() {
    try {
      Thread.sleep(700);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void compute() {
    for (int i = 0; i < 30_000_000; i++) sum += Math.sin(i);
  }

  private static void connect() {
    try {
      new Socket("api.acme.example", 443);
    } catch (java.io.IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
