package dev.testbed.app;

import com.segment.analytics.kotlin.core.BaseEvent;
import kotlinx.serialization.json.JsonObject;

/** Sets the app's integrations on each event; those of the call win. */
final class Integrations extends Quiet {
  private final JsonObject integrations;

  Integrations(JsonObject integrations) {
    super(Type.Before);
    this.integrations = integrations;
  }

  @Override
  public BaseEvent execute(BaseEvent event) {
    event.setIntegrations(Options.merged(integrations, event.getIntegrations()));
    return event;
  }
}
