package com.example.mixpanel;

import java.util.ArrayList;
import java.util.List;
import org.json.JSONArray;
import org.json.JSONObject;

/** The settings in Segment's interface, by the names and with the defaults that they have on the web (src/mixpanel.js). */
final class MixpanelSettings {
  final String token;
  final boolean europeanUnion;

  /** Write the traits to the user's profile. */
  final boolean people;

  /** Send the traits with every event from then on, as super properties. */
  final boolean traitsWithEvents;

  final boolean consolidatedScreens;
  final boolean categorizedScreens;
  final boolean namedScreens;

  /** The project's group keys; without one, group calls are not sent. */
  final List<String> groupKeys = new ArrayList<>();

  MixpanelSettings(JSONObject settings) {
    token = settings.optString("token");
    europeanUnion = settings.optBoolean("enableEuropeanUnionEndpoint", false);
    people = settings.optBoolean("people", false);
    traitsWithEvents = settings.optBoolean("setAllTraitsByDefault", true);
    consolidatedScreens = settings.optBoolean("consolidatedPageCalls", true);
    categorizedScreens = settings.optBoolean("trackCategorizedPages", false);
    namedScreens = settings.optBoolean("trackNamedPages", false);
    JSONArray keys = settings.optJSONArray("groupIdentifierTraits");
    for (int index = 0; keys != null && index < keys.length(); index++) {
      groupKeys.add(keys.optString(index));
    }
  }

  String server() {
    return europeanUnion ? "https://api-eu.mixpanel.com" : "https://api.mixpanel.com";
  }

  /** The event that a screen is to Mixpanel, which has no screens of its own; null where the settings leave it out. */
  String screenEvent(String category, String name) {
    if (consolidatedScreens) {
      return "Loaded a Screen";
    }
    if (categorizedScreens && category != null) {
      return "Viewed " + category + (name == null ? "" : " " + name) + " Screen";
    }
    return namedScreens && name != null ? "Viewed " + name + " Screen" : null;
  }
}
