package dev.testbed.app;

import com.segment.analytics.kotlin.core.Analytics;
import com.segment.analytics.kotlin.core.BaseEvent;
import com.segment.analytics.kotlin.core.Settings;
import com.segment.analytics.kotlin.core.platform.Plugin;

/** A plugin of the harness' own, which does nothing. Kotlin's default methods are none to Java. */
abstract class Quiet implements Plugin {
  private final Type type;
  private Analytics analytics;

  Quiet(Type type) {
    this.type = type;
  }

  @Override
  public Type getType() {
    return type;
  }

  @Override
  public Analytics getAnalytics() {
    return analytics;
  }

  @Override
  public void setAnalytics(Analytics analytics) {
    this.analytics = analytics;
  }

  @Override
  public void setup(Analytics analytics) {
    setAnalytics(analytics);
  }

  @Override
  public BaseEvent execute(BaseEvent event) {
    return event;
  }

  @Override
  public void update(Settings settings, UpdateType type) {}

  @Override
  public void shutdown() {}
}
