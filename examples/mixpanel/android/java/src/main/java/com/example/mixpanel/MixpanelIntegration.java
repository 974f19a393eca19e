package com.example.mixpanel;

import com.mixpanel.android.mpmetrics.MixpanelAPI;
import com.segment.analytics.Analytics;
import com.segment.analytics.ValueMap;
import com.segment.analytics.integrations.AliasPayload;
import com.segment.analytics.integrations.GroupPayload;
import com.segment.analytics.integrations.IdentifyPayload;
import com.segment.analytics.integrations.Integration;
import com.segment.analytics.integrations.ScreenPayload;
import com.segment.analytics.integrations.TrackPayload;
import org.json.JSONException;

/** Mixpanel for analytics-android, which makes one with the settings that Segment serves and hands it every call. */
public final class MixpanelIntegration extends Integration<MixpanelAPI> {
  /** What an app passes to `Analytics.Builder.use`. */
  public static final Factory FACTORY =
      new Factory() {
        @Override
        public Integration<?> create(ValueMap settings, Analytics analytics) {
          Mixpanel mixpanel = Mixpanel.start(analytics.getApplication(), settings.toJsonObject());
          if (mixpanel == null) {
            analytics.logger("Mixpanel").info("Mixpanel is off: its setting `token` is empty");
            return null;
          }
          return new MixpanelIntegration(mixpanel);
        }

        @Override
        public String key() {
          return "Mixpanel";
        }
      };

  private final Mixpanel mixpanel;

  private MixpanelIntegration(Mixpanel mixpanel) {
    this.mixpanel = mixpanel;
  }

  @Override
  public void identify(IdentifyPayload identify) {
    sending(() -> mixpanel.identify(identify.userId(), identify.traits().toJsonObject()));
  }

  @Override
  public void track(TrackPayload track) {
    sending(() -> mixpanel.track(track.event(), track.properties().toJsonObject(), track.timestamp()));
  }

  @Override
  public void screen(ScreenPayload screen) {
    sending(
        () ->
            mixpanel.screen(
                screen.category(), screen.name(), screen.properties().toJsonObject(), screen.timestamp()));
  }

  @Override
  public void group(GroupPayload group) {
    sending(() -> mixpanel.group(group.groupId(), group.traits().toJsonObject()));
  }

  @Override
  public void alias(AliasPayload alias) {
    mixpanel.alias(alias.userId(), alias.previousId(), alias.anonymousId());
  }

  @Override
  public void reset() {
    mixpanel.reset();
  }

  @Override
  public void flush() {
    mixpanel.flush();
  }

  @Override
  public MixpanelAPI getUnderlyingInstance() {
    return mixpanel.sdk();
  }

  private interface Sending {
    void run() throws JSONException;
  }

  private static void sending(Sending call) {
    try {
      call.run();
    } catch (JSONException error) {
      throw new IllegalArgumentException("what was sent is no JSON", error); // NaN, infinity
    }
  }
}
