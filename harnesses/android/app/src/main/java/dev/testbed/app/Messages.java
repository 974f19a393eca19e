package dev.testbed.app;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.json.JSONException;
import org.json.JSONObject;

/** The shapes of what the app says on the channel. */
final class Messages {
  private Messages() {}

  static JSONObject ok() throws JSONException {
    return new JSONObject().put("ok", true);
  }

  static JSONObject notApplicable(String reason) throws JSONException {
    return new JSONObject().put("na", reason);
  }

  static JSONObject error(Throwable thrown, boolean byPlugin) throws JSONException {
    return new JSONObject().put("error", told(thrown, byPlugin));
  }

  static JSONObject exception(Throwable thrown, Thread thread, boolean byPlugin) throws JSONException {
    return told(thrown, byPlugin).put("event", "exception").put("thread", thread.getName());
  }

  private static JSONObject told(Throwable thrown, boolean byPlugin) throws JSONException {
    var message = thrown.getMessage();
    return new JSONObject()
        .put("message", message == null ? "" : message)
        .put("type", thrown.getClass().getName())
        .put("stack", stack(thrown))
        .put("byPlugin", byPlugin);
  }

  private static String stack(Throwable thrown) {
    var text = new StringWriter();
    thrown.printStackTrace(new PrintWriter(text, true));
    return text.toString();
  }
}
