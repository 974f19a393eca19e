package acme;

import com.segment.analytics.kotlin.core.BaseEvent;
import com.segment.analytics.kotlin.core.Settings;
import com.segment.analytics.kotlin.core.TrackEvent;
import com.segment.analytics.kotlin.core.platform.DestinationPlugin;
import com.segment.analytics.kotlin.core.platform.Plugin;

public final class Acme extends DestinationPlugin {
  public static final Object NONE = "";

  private boolean started;

  @Override
  public String getKey() {
    return "Acme";
  }

  @Override
  public void update(Settings settings, Plugin.UpdateType type) {
    super.update(settings, type);
    if (started || !settings.hasIntegrationSettings(this)) return;
    if (settings.getIntegrations().get("Acme").toString().contains("throw")) throw new IllegalArgumentException("planted");
    started = true;
    new Timers().start();
  }

  @Override
  public BaseEvent track(TrackEvent event) {
    Deeds.act(event.getEvent());
    return event;
  }
}
