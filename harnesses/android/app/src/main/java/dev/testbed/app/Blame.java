package dev.testbed.app;

import android.content.Context;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Scanner;
import org.json.JSONArray;
import org.json.JSONException;
import org.json.JSONObject;

/**
 * Whose code a stack is. The plugin's classes are those of `pluginPackages` in assets/testbed/app.json (prefixes of
 * class names), and where that does not say, all that are neither the platform's nor the SDK's nor this app's.
 */
final class Blame {
  private static final String[] PLATFORM = {
    "android.", "androidx.", "com.android.", "dalvik.", "java.", "javax.", "jdk.", "kotlin.", "kotlinx.", "libcore.",
    "org.apache.http.", "org.json.", "org.robolectric.", "sun.",
  };
  private static final String[] SDK = {
    "com.segment.analytics.", "com.segment.backo.", "dev.testbed.", "okhttp3.", "okio.", "sovran.",
  };
  /** Segment's own integrations are plugins too. */
  private static final String[] INTEGRATIONS = {
    "com.segment.analytics.android.integrations.", "com.segment.analytics.kotlin.destinations.",
  };

  private final List<String> plugin;

  Blame(List<String> plugin) {
    this.plugin = plugin;
  }

  static Blame read(Context context) {
    try (var stream = context.getAssets().open("testbed/app.json"); var text = new Scanner(stream, "UTF-8")) {
      return new Blame(names(new JSONObject(text.useDelimiter("\\A").next()).optJSONArray("pluginPackages")));
    } catch (IOException | JSONException e) {
      return new Blame(List.of());
    }
  }

  /** Whether the plugin's code made `thrown`, or called what did. */
  boolean byPlugin(Throwable thrown) {
    for (var cause = thrown; cause != null; cause = cause.getCause()) {
      if (byPlugin(cause.getStackTrace())) return true;
      if (cause.getCause() == cause) break;
    }
    return false;
  }

  /** What is below the SDK's own chain of middleware is not its caller's doing. */
  boolean byPlugin(StackTraceElement[] stack) {
    for (var frame : stack) {
      if (ofPlugin(frame.getClassName())) return true;
      if (frame.getMethodName().equals("proceed")) return false;
    }
    return false;
  }

  boolean ofPlugin(String name) {
    if (!plugin.isEmpty()) return begins(name, plugin.toArray(new String[0]));
    return begins(name, INTEGRATIONS) || !(begins(name, PLATFORM) || begins(name, SDK));
  }

  private static boolean begins(String name, String[] prefixes) {
    for (var prefix : prefixes) {
      if (name.startsWith(prefix)) return true;
    }
    return false;
  }

  private static List<String> names(JSONArray array) throws JSONException {
    var names = new ArrayList<String>();
    for (int i = 0; array != null && i < array.length(); i++) names.add(array.getString(i));
    return names;
  }
}
