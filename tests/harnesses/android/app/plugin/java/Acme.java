package acme;

import com.segment.analytics.Analytics;
import com.segment.analytics.ValueMap;
import com.segment.analytics.integrations.Integration;
import com.segment.analytics.integrations.TrackPayload;

public final class Acme extends Integration<Object> {
  public static final Factory FACTORY = new Factory() {
    @Override
    public Integration<?> create(ValueMap settings, Analytics analytics) {
      if (settings.containsKey("throw")) throw new IllegalArgumentException("planted");
      new Timers().start();
      return new Acme();
    }

    @Override
    public String key() {
      return "Acme";
    }
  };

  public static final Object NONE = "";

  @Override
  public void track(TrackPayload track) {
    Deeds.act(track.event());
  }
}
