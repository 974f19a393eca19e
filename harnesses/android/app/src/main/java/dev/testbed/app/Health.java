package dev.testbed.app;

import org.json.JSONArray;
import org.json.JSONException;
import org.json.JSONObject;

/** What the SDK says of the plugin: testbed/devices/api.py, Health. */
record Health(boolean installed, boolean ready, String problem, String detail) {
  static Health fine() {
    return new Health(true, true, "", "");
  }

  /** `problem` is one of api.py's: no-global, threw, never-ready, not-loaded, no-sdk. */
  static Health absent(String problem, String detail) {
    return new Health(false, false, problem, detail);
  }

  static Health neverReady(String detail) {
    return new Health(true, false, "never-ready", detail);
  }

  JSONObject toJson() throws JSONException {
    return new JSONObject()
        .put("installed", installed)
        .put("ready", ready)
        .put("problem", problem)
        .put("detail", detail)
        .put("signals", new JSONArray());
  }
}
