package dev.testbed.app;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.json.JSONArray;
import org.json.JSONException;
import org.json.JSONObject;

/** JSON as analytics-android takes it: maps, lists and plain values. */
final class Json {
  private Json() {}

  /** A string field; null where it is not given, or null. */
  static String text(JSONObject object, String name) {
    return object.isNull(name) ? null : object.optString(name);
  }

  static Map<String, Object> map(JSONObject object) throws JSONException {
    var map = new LinkedHashMap<String, Object>();
    if (object == null) return map;
    for (var names = object.keys(); names.hasNext(); ) {
      var name = (String) names.next();
      map.put(name, plain(object.get(name)));
    }
    return map;
  }

  private static List<Object> list(JSONArray array) throws JSONException {
    var list = new ArrayList<Object>();
    for (int i = 0; i < array.length(); i++) list.add(plain(array.get(i)));
    return list;
  }

  private static Object plain(Object value) throws JSONException {
    if (value instanceof JSONObject object) return map(object);
    if (value instanceof JSONArray array) return list(array);
    return value == JSONObject.NULL ? null : value;
  }
}
