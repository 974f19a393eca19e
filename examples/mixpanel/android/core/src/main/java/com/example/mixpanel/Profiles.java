package com.example.mixpanel;

import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;
import org.json.JSONException;
import org.json.JSONObject;

/** Segment's reserved traits by Mixpanel's names for them, as traits are spelled: `firstName` or `first_name`. */
final class Profiles {
  private static final Map<String, String> USER = new HashMap<>();
  private static final Map<String, String> GROUP = Collections.singletonMap("name", "$name");

  static {
    USER.put("avatar", "$avatar");
    USER.put("created", "$created");
    USER.put("createdat", "$created");
    USER.put("email", "$email");
    USER.put("firstname", "$first_name");
    USER.put("lastname", "$last_name");
    USER.put("name", "$name");
    USER.put("phone", "$phone");
    USER.put("username", "$username");
  }

  private Profiles() {}

  /** The traits of identify. The SDKs for Android keep the two ids of the user among them, which are no traits. */
  static JSONObject ofUser(JSONObject traits) throws JSONException {
    JSONObject profile = renamed(traits, USER);
    profile.remove("userId");
    profile.remove("anonymousId");
    return profile;
  }

  static JSONObject ofGroup(JSONObject traits) throws JSONException {
    return renamed(traits, GROUP);
  }

  private static JSONObject renamed(JSONObject traits, Map<String, String> names) throws JSONException {
    JSONObject profile = new JSONObject();
    for (Iterator<String> keys = traits.keys(); keys.hasNext(); ) {
      String trait = keys.next();
      String name = names.get(trait.replace("_", "").toLowerCase(Locale.ROOT));
      profile.put(name == null ? trait : name, traits.get(trait));
    }
    return profile;
  }
}
