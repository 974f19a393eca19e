package dev.testbed.app;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import kotlinx.serialization.json.JsonArray;
import kotlinx.serialization.json.JsonElement;
import kotlinx.serialization.json.JsonElementKt;
import kotlinx.serialization.json.JsonNull;
import kotlinx.serialization.json.JsonObject;
import org.json.JSONArray;
import org.json.JSONObject;

/** JSON as analytics-kotlin takes it. */
final class Json {
  private Json() {}

  static JsonObject object(JSONObject object) {
    var fields = new LinkedHashMap<String, JsonElement>();
    if (object != null) {
      for (var names = object.keys(); names.hasNext(); ) {
        var name = (String) names.next();
        fields.put(name, element(object.opt(name)));
      }
    }
    return new JsonObject(fields);
  }

  private static JsonElement element(Object value) {
    if (value instanceof JSONObject object) return object(object);
    if (value instanceof JSONArray array) return array(array);
    if (value instanceof Number number) return JsonElementKt.JsonPrimitive(number);
    if (value instanceof Boolean bool) return JsonElementKt.JsonPrimitive(bool);
    if (value instanceof String text) return JsonElementKt.JsonPrimitive(text);
    return JsonNull.INSTANCE;
  }

  private static JsonArray array(JSONArray array) {
    List<JsonElement> elements = new ArrayList<>();
    for (int i = 0; i < array.length(); i++) elements.add(element(array.opt(i)));
    return new JsonArray(elements);
  }
}
