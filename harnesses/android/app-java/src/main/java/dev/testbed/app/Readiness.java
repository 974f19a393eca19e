package dev.testbed.app;

import com.segment.analytics.Analytics;
import com.segment.analytics.integrations.Integration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Whether analytics-android has made the plugin's integration. */
final class Readiness {
  private final String name;
  private final Object factory;
  private final CountDownLatch ready = new CountDownLatch(1);

  Readiness(String name, Object factory) {
    this.name = name;
    this.factory = factory;
  }

  void watch(Analytics analytics) {
    if (factory instanceof Integration.Factory made) analytics.onIntegrationReady(made.key(), instance -> ready.countDown());
  }

  /** It is made where the settings document lists it with a non-empty object, and never else (Analytics.java,
   * performInitializeIntegrations). */
  Health health(long withinMs) throws InterruptedException {
    if (!(factory instanceof Integration.Factory made)) {
      return Health.absent("no-global", name + " is " + factory.getClass().getName() + ", and no Integration.Factory");
    }
    if (ready.await(withinMs, TimeUnit.MILLISECONDS)) return Health.fine();
    return Health.absent("not-loaded", "Segment's settings do not list " + made.key() + " with a non-empty object: it is off");
  }
}
