package dev.testbed.app;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.json.JSONException;
import org.json.JSONObject;

/** The shapes of what the app says on the channel. */
final class Messages {
  private Messages() {}

  static JSONObject ok() {
    return object("ok", true);
  }

  static JSONObject notApplicable(String reason) {
    return object("na", reason);
  }

  static JSONObject error(Throwable thrown, boolean byPlugin) {
    return object("error", described(thrown, byPlugin));
  }

  /** Uncaught: the app ends. */
  static JSONObject exception(Throwable thrown, Thread thread, boolean byPlugin) {
    return with(described(thrown, byPlugin), "event", "exception", "thread", thread.getName());
  }

  /** An exception of the plugin's that the SDK caught: the app goes on. */
  static JSONObject caught(Throwable thrown) {
    return with(exception(thrown, Thread.currentThread(), true), "caught", true);
  }

  /** As `caught`, where the SDK tells no more than a line. */
  static JSONObject caught(String message) {
    return object(
        "event", "exception", "message", message, "type", "", "stack", "", "byPlugin", true,
        "thread", Thread.currentThread().getName(), "caught", true);
  }

  /** `what`: hang or io. */
  static JSONObject blocked(String what, long ms, StackTraceElement[] stack) {
    var text = new StringBuilder();
    for (var frame : stack) text.append("\tat ").append(frame).append('\n');
    return object(
        "event", "blocked", "what", what, "thread", "main", "ms", ms, "stack", text.toString(), "byPlugin", true);
  }

  private static JSONObject described(Throwable thrown, boolean byPlugin) {
    var message = thrown.getMessage();
    return object(
        "message", message == null ? "" : message, "type", thrown.getClass().getName(), "stack", stack(thrown),
        "byPlugin", byPlugin);
  }

  private static String stack(Throwable thrown) {
    var text = new StringWriter();
    thrown.printStackTrace(new PrintWriter(text, true));
    return text.toString();
  }

  static JSONObject object(Object... fields) {
    return with(new JSONObject(), fields);
  }

  /** `fields`: names and values by turns. */
  static JSONObject with(JSONObject object, Object... fields) {
    try {
      for (int i = 0; i < fields.length; i += 2) object.put((String) fields[i], fields[i + 1]);
      return object;
    } catch (JSONException e) {
      throw new IllegalArgumentException("JSON has no such value", e);
    }
  }
}
