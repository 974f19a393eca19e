package dev.testbed.app;

import com.segment.analytics.kotlin.core.BaseEvent;
import java.util.LinkedHashMap;
import kotlinx.serialization.json.JsonElement;
import kotlinx.serialization.json.JsonObject;
import org.json.JSONObject;

/** A call's options, which analytics-kotlin takes as a closure that enriches the event. */
record Options(JsonObject integrations, JsonObject context, String timestamp) {
  static Options read(JSONObject given) throws NotApplicable {
    if (given == null) given = new JSONObject();
    for (var names = given.keys(); names.hasNext(); ) {
      var name = (String) names.next();
      switch (name) {
        case "integrations", "context", "timestamp" -> {}
        default -> throw new NotApplicable("no event of analytics-kotlin has " + name + " to be set by its caller");
      }
    }
    return new Options(
        Json.object(given.optJSONObject("integrations")),
        Json.object(given.optJSONObject("context")),
        given.isNull("timestamp") ? null : given.optString("timestamp"));
  }

  void apply(BaseEvent event) {
    event.setIntegrations(merged(event.getIntegrations(), integrations));
    event.setContext(merged(event.getContext(), context));
    if (timestamp != null) event.setTimestamp(timestamp);
  }

  /** `over` wins. */
  static JsonObject merged(JsonObject under, JsonObject over) {
    var fields = new LinkedHashMap<String, JsonElement>(under);
    fields.putAll(over);
    return new JsonObject(fields);
  }
}
