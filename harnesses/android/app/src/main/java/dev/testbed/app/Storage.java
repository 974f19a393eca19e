package dev.testbed.app;

import android.content.Context;
import java.io.File;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.json.JSONArray;
import org.json.JSONException;
import org.json.JSONObject;

/** What the app has stored: shared preferences, by FILE/KEY, or by KEY in whichever file has it. */
final class Storage {
  private final Context context;

  Storage(Context context) {
    this.context = context;
  }

  JSONObject look(String name) throws JSONException {
    int slash = name.indexOf('/');
    var inAny = slash < 0 ? null : found(name.substring(0, slash), name.substring(slash + 1));
    if (inAny != null) return inAny;
    for (var file : files()) {
      var found = found(file, name); // a key may have a slash of its own
      if (found != null) return found;
    }
    return Messages.ok().put("found", false);
  }

  private JSONObject found(String file, String key) throws JSONException {
    var all = context.getSharedPreferences(file, Context.MODE_PRIVATE).getAll();
    return all.containsKey(key) ? Messages.ok().put("found", true).put("value", plain(all.get(key))) : null;
  }

  private List<String> files() {
    var names = new File(context.getApplicationInfo().dataDir, "shared_prefs").list();
    if (names == null) return List.of();
    Arrays.sort(names);
    return Arrays.asList(names).stream()
        .filter(name -> name.endsWith(".xml"))
        .map(name -> name.substring(0, name.length() - ".xml".length()))
        .collect(java.util.stream.Collectors.toList());
  }

  private static Object plain(Object value) {
    if (value == null) return JSONObject.NULL;
    return value instanceof Collection<?> many ? new JSONArray(many) : value;
  }
}
