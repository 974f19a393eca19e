package com.example.plugin;

import android.content.Context;
import android.content.SharedPreferences;
import android.util.Log;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.json.JSONException;
import org.json.JSONObject;

/** In place of the vendor's own SDK, which would be a dependency: it remembers the user, and posts JSON. */
final class Client {
  private static final String ENDPOINT = "https://api.acme.example/v1/";
  private static final String USER_KEY = "acme_user";

  private final ExecutorService network = Executors.newSingleThreadExecutor();
  private final SharedPreferences stored;
  private final String apiKey;

  Client(Context context, String apiKey) {
    this.stored = context.getSharedPreferences("acme", Context.MODE_PRIVATE);
    this.apiKey = apiKey;
  }

  void remember(String userId) {
    if (userId != null && !userId.isEmpty()) {
      stored.edit().putString(USER_KEY, userId).apply();
    }
  }

  /** The user logged out. */
  void reset() {
    stored.edit().remove(USER_KEY).apply();
  }

  /** `event` has what the vendor is told of a call of this type, besides who it is. Returns at once. */
  void send(String type, JSONObject event) {
    try {
      event.put("apiKey", apiKey).put("type", type).putOpt("userId", stored.getString(USER_KEY, null));
    } catch (JSONException error) {
      throw new IllegalArgumentException(error);
    }
    network.execute(() -> post(type, event.toString()));
  }

  private static void post(String type, String body) {
    try {
      HttpURLConnection connection = (HttpURLConnection) new URL(ENDPOINT + type).openConnection();
      connection.setRequestProperty("Content-Type", "application/json");
      connection.setDoOutput(true);
      connection.getOutputStream().write(body.getBytes(StandardCharsets.UTF_8));
      connection.getInputStream().close();
    } catch (IOException error) {
      Log.w("Acme", type + " was not delivered", error);
    }
  }
}
