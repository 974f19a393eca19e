package acme.testapp;

import android.content.Context;
import android.os.Handler;
import android.os.Looper;
import android.os.Process;
import java.io.File;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.lang.reflect.Proxy;
import java.sql.Driver;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** What a bad plugin does. Each gives what is to be answered, if it comes to that. */
enum Faults {
  throwOnMain {
    @Override
    Object commit(Context context) {
      onMain(() -> { throw new IllegalStateException("thrown on main"); });
      return "ok";
    }
  },
  throwOnThread {
    @Override
    Object commit(Context context) throws Exception {
      Thread thrower = new Thread(() -> { throw new IllegalStateException("thrown on a thread"); }, "thrower");
      thrower.start();
      thrower.join();
      return "ok";
    }
  },
  swallow {
    @Override
    Object commit(Context context) throws Exception {
      Thread.setDefaultUncaughtExceptionHandler((thread, error) -> TestApplication.tell("swallowed"));
      return throwOnThread.commit(context);
    }
  },
  exit {
    @Override
    Object commit(Context context) {
      System.exit(3);
      return "still here";
    }
  },
  exitOnMain {
    @Override
    Object commit(Context context) {
      onMain(() -> { System.exit(4); TestApplication.tell("still here"); });
      return "ok";
    }
  },
  kill {
    @Override
    Object commit(Context context) {
      Process.killProcess(Process.myPid());
      return "still here";
    }
  },
  hang {
    @Override
    Object commit(Context context) throws Exception {
      CountDownLatch hanging = new CountDownLatch(1);
      onMain(() -> { hanging.countDown(); while (true) { Thread.interrupted(); } });
      hanging.await();
      return "ok";
    }
  },
  fillMemory {
    @Override
    Object commit(Context context) {
      List<byte[]> kept = new ArrayList<>();
      while (true) {
        kept.add(new byte[1 << 20]);
      }
    }
  },
  fillDisk {
    @Override
    Object commit(Context context) throws Exception {
      byte[] piece = new byte[1 << 20];
      Arrays.fill(piece, (byte) 1);
      for (int file = 0; ; file++) {
        try (OutputStream out = new FileOutputStream(new File(context.getFilesDir(), "filler" + file))) {
          for (int mb = 0; mb < 64; mb++) {
            out.write(piece);
          }
        }
      }
    }
  },
  fillScratch {
    @Override
    Object commit(Context context) throws Exception {
      try (OutputStream out = new FileOutputStream(File.createTempFile("filler", ""))) {
        byte[] piece = new byte[1 << 20];
        Arrays.fill(piece, (byte) 1);
        while (true) {
          out.write(piece);
        }
      }
    }
  },
  fork {
    @Override
    Object commit(Context context) throws Exception {
      new ProcessBuilder("/bin/sh", "-c", "setsid sleep 1000 & exit").start().waitFor();
      new ProcessBuilder("/bin/sleep", "1000").start();
      return "ok";
    }
  },
  holdOn {
    @Override
    Object commit(Context context) throws Exception {
      DriverManager.registerDriver((Driver) Proxy.newProxyInstance(
          Faults.class.getClassLoader(), new Class<?>[] {Driver.class}, (proxy, method, arguments) -> null));
      return "ok";
    }
  },
  stayAlive {
    @Override
    Object commit(Context context) {
      new Thread(Faults::forEver, "immortal").start();
      return "ok";
    }
  };

  abstract Object commit(Context context) throws Exception;

  static boolean known(String name) {
    return Arrays.stream(values()).anyMatch(each -> each.name().equals(name));
  }

  static void onMain(Runnable deed) {
    new Handler(Looper.getMainLooper()).post(deed);
  }

  @SuppressWarnings("InfiniteLoopStatement")
  private static void forEver() {
    while (true) {
      try {
        Thread.sleep(1_000);
      } catch (Throwable death) {
        continue;
      }
    }
  }
}
