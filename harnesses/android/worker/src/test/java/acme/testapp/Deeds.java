package acme.testapp;

import android.content.Context;
import android.content.pm.PackageInfo;
import android.content.pm.PackageManager;
import android.net.ConnectivityManager;
import android.net.Network;
import android.net.NetworkInfo;
import android.os.Build;
import android.os.Handler;
import android.os.Looper;
import android.util.Log;
import java.io.File;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.TimeZone;

/** What the app does on request. Each gives what is to be answered. */
enum Deeds {
  story {
    @Override
    Object perform(Context context, String argument) {
      return TestApplication.STORY.toString().trim();
    }
  },
  echo {
    @Override
    Object perform(Context context, String argument) {
      return argument;
    }
  },
  log {
    @Override
    Object perform(Context context, String argument) {
      return Log.w("tag", argument);
    }
  },
  identity {
    @Override
    Object perform(Context context, String argument) throws Exception {
      PackageInfo info = context.getPackageManager().getPackageInfo(context.getPackageName(), PackageManager.GET_PERMISSIONS);
      return String.join(
          "|",
          Build.MANUFACTURER + " " + Build.MODEL + " " + Build.VERSION.SDK_INT + " " + Build.VERSION.RELEASE,
          Locale.getDefault() + " " + TimeZone.getDefault().getID(),
          context.getPackageName() + " " + info.versionName + " " + info.versionCode,
          context.getApplicationInfo().loadLabel(context.getPackageManager()),
          String.join(",", info.requestedPermissions),
          "" + context.checkSelfPermission("android.permission.INTERNET"),
          System.getProperty("http.agent"),
          context.getResources().getDisplayMetrics().widthPixels + "x" + context.getResources().getDisplayMetrics().densityDpi);
    }
  },
  get {
    @Override
    Object perform(Context context, String argument) throws Exception {
      HttpURLConnection connection = (HttpURLConnection) new URL(argument).openConnection();
      connection.setConnectTimeout(5_000);
      connection.setReadTimeout(5_000);
      try (InputStream body = connection.getInputStream()) {
        return connection.getResponseCode() + " " + new String(body.readAllBytes());
      }
    }
  },
  remember {
    @Override
    Object perform(Context context, String argument) {
      context.getSharedPreferences("kept", 0).edit().putString("it", argument).apply();
      return "ok";
    }
  },
  recall {
    @Override
    Object perform(Context context, String argument) {
      return context.getSharedPreferences("kept", 0).getString("it", "nothing");
    }
  },
  later {
    @Override
    Object perform(Context context, String argument) {
      new Handler(Looper.getMainLooper()).postDelayed(() -> Log.i("later", argument), 50);
      return "ok";
    }
  },
  network {
    @Override
    Object perform(Context context, String argument) {
      ConnectivityManager manager = context.getSystemService(ConnectivityManager.class);
      NetworkInfo info = manager.getActiveNetworkInfo();
      return (info != null && info.isConnected()) + " " + (manager.getActiveNetwork() != null);
    }
  },
  listen {
    @Override
    Object perform(Context context, String argument) {
      context
          .getSystemService(ConnectivityManager.class)
          .registerDefaultNetworkCallback(
              new ConnectivityManager.NetworkCallback() {
                @Override
                public void onAvailable(Network network) {
                  Log.i("network", "available");
                }

                @Override
                public void onLost(Network network) {
                  Log.i("network", "lost");
                }
              });
      return "ok";
    }
  },
  stain {
    @Override
    Object perform(Context context, String argument) throws Exception {
      Stains.make(argument);
      return Stains.found();
    }
  },
  stains {
    @Override
    Object perform(Context context, String argument) {
      return Stains.found();
    }
  },
  stream {
    @Override
    Object perform(Context context, String argument) {
      return "x".repeat(Integer.parseInt(argument));
    }
  },
  sees {
    @Override
    Object perform(Context context, String argument) {
      try {
        return Class.forName(argument).getName();
      } catch (ClassNotFoundException unknown) {
        return "no";
      }
    }
  },
  read {
    @Override
    Object perform(Context context, String argument) throws Exception {
      return new String(Files.readAllBytes(Path.of(argument)));
    }
  },
  write {
    @Override
    Object perform(Context context, String argument) throws Exception {
      Files.writeString(Path.of(argument), "x");
      return "ok";
    }
  },
  list {
    @Override
    Object perform(Context context, String argument) {
      String[] names = new File(argument).list();
      return names == null ? "nothing" : String.join(",", names);
    }
  };

  abstract Object perform(Context context, String argument) throws Exception;
}
