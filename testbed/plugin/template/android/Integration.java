package com.example.plugin;

import com.segment.analytics.Analytics;
import com.segment.analytics.ValueMap;
import com.segment.analytics.integrations.AliasPayload;
import com.segment.analytics.integrations.BasePayload;
import com.segment.analytics.integrations.GroupPayload;
import com.segment.analytics.integrations.IdentifyPayload;
import com.segment.analytics.integrations.Integration;
import com.segment.analytics.integrations.ScreenPayload;
import com.segment.analytics.integrations.TrackPayload;
import org.json.JSONException;
import org.json.JSONObject;

/** @NAME@ for analytics-android, which makes one with the settings that Segment holds for the destination. */
public final class @CLASS@Integration extends Integration<Void> {
  /** What an app passes to `Analytics.Builder.use`. */
  public static final Factory FACTORY =
      new Factory() {
        @Override
        public Integration<?> create(ValueMap settings, Analytics analytics) {
          return new @CLASS@Integration(new Client(analytics.getApplication(), settings.getString("apiKey")));
        }

        @Override
        public String key() {
          return "@NAME@";
        }
      };

  private final Client client;

  private @CLASS@Integration(Client client) {
    this.client = client;
  }

  @Override
  public void identify(IdentifyPayload identify) {
    client.remember(identify.userId());
    send(identify, "traits", identify.traits());
  }

  @Override
  public void track(TrackPayload track) {
    send(track, "event", track.event(), "properties", track.properties());
  }

  @Override
  public void screen(ScreenPayload screen) {
    send(screen, "event", screen.name(), "properties", screen.properties());
  }

  @Override
  public void group(GroupPayload group) {
    send(group, "groupId", group.groupId(), "traits", group.traits());
  }

  @Override
  public void alias(AliasPayload alias) {
    client.remember(alias.userId());
    send(alias, "previousId", alias.previousId());
  }

  @Override
  public void reset() {
    client.reset();
  }

  /** The call's own fields, each after its name, and those that every call has. */
  private void send(BasePayload call, Object... fields) {
    try {
      JSONObject event = new JSONObject();
      for (int at = 0; at < fields.length; at += 2) {
        Object value = fields[at + 1];
        event.putOpt((String) fields[at], value instanceof ValueMap ? ((ValueMap) value).toJsonObject() : value);
      }
      event.put("anonymousId", call.anonymousId()).put("messageId", call.messageId());
      client.send(call.type().name(), event.put("timestamp", call.getString("timestamp")));
    } catch (JSONException error) {
      throw new IllegalArgumentException(error);
    }
  }
}
