package com.example.mixpanel;

import android.content.Context;
import com.mixpanel.android.mpmetrics.MPConfig;
import com.mixpanel.android.mpmetrics.MixpanelAPI;
import java.util.Date;
import org.json.JSONException;
import org.json.JSONObject;

/** What becomes of Segment's calls in Mixpanel's own SDK, for both of Segment's SDKs for Android: the same as on the web. */
public final class Mixpanel {
  private final MixpanelAPI sdk;
  private final MixpanelSettings settings;

  private Mixpanel(MixpanelAPI sdk, MixpanelSettings settings) {
    this.sdk = sdk;
    this.settings = settings;
  }

  /** Starts Mixpanel; null where its setting `token` is empty. */
  public static Mixpanel start(Context context, JSONObject values) {
    MixpanelSettings settings = new MixpanelSettings(values);
    if (settings.token.isEmpty()) {
      return null;
    }
    // Before there is an instance, which sends an event of its own at once.
    MPConfig.getInstance(context).setServerURL(settings.server());
    return new Mixpanel(MixpanelAPI.getInstance(context, settings.token, false), settings);
  }

  public MixpanelAPI sdk() {
    return sdk;
  }

  /** `userId` is null for somebody who has traits and no id yet. */
  public void identify(String userId, JSONObject traits) throws JSONException {
    JSONObject profile = Profiles.ofUser(traits);
    String known = sdk.getPeople().getDistinctId();
    if (userId != null && known != null && !userId.equals(known)) {
      sdk.reset(); // another user, who has nothing of the last one's
    }
    if (userId != null) {
      sdk.identify(userId);
    }
    if (settings.traitsWithEvents) {
      sdk.registerSuperProperties(profile);
    }
    if (settings.people) {
      sdk.getPeople().set(profile);
    }
  }

  /** What was done on the device, when it was done, with its properties as they are. */
  public void track(String event, JSONObject given, Date time) throws JSONException {
    JSONObject properties = new JSONObject(given.toString());
    properties.remove("distinct_id"); // it would make the event somebody else's
    properties.remove("token"); // and this another project's
    if (properties.has("revenue")) {
      properties.put("revenue", Revenue.amount(properties.get("revenue")));
    }
    sdk.track(event, properties.put("time", time.getTime()));
  }

  public void screen(String category, String name, JSONObject properties, Date time) throws JSONException {
    String event = settings.screenEvent(category, name);
    if (event != null) {
      JSONObject named = new JSONObject(properties.toString());
      track(event, named.putOpt("category", category).putOpt("name", name), time);
    }
  }

  public void group(String groupId, JSONObject traits) throws JSONException {
    for (String key : settings.groupKeys) {
      sdk.setGroup(key, groupId);
      sdk.getGroup(key, groupId).set(Profiles.ofGroup(traits));
    }
  }

  /** Without a previous id it is who Mixpanel takes the visitor for: Segment's anonymous id says nothing to Mixpanel. */
  public void alias(String userId, String previousId, String anonymousId) {
    boolean named = previousId != null && !previousId.isEmpty() && !previousId.equals(anonymousId);
    sdk.alias(userId, named ? previousId : null);
  }

  public void reset() {
    sdk.reset();
  }

  public void flush() {
    sdk.flush();
  }
}
