package dev.testbed.app;

import org.json.JSONException;
import org.json.JSONObject;

/** How the customer's app sets the SDK up. `flushInterval` in seconds. */
record Setup(
    String writeKey,
    String factory,
    JSONObject integrations,
    int flushAt,
    int flushInterval,
    boolean lifecycle,
    boolean deepLinks) {

  static Setup read(JSONObject message) throws JSONException {
    var integrations = message.optJSONObject("integrations");
    return new Setup(
        message.getString("writeKey"),
        message.getString("factory"),
        integrations == null ? new JSONObject() : integrations,
        message.optInt("flushAt", 20),
        message.optInt("flushInterval", 30),
        message.optBoolean("lifecycle"),
        message.optBoolean("deepLinks"));
  }
}
