package dev.testbed.app;

import com.segment.analytics.Analytics;
import com.segment.analytics.ValueMap;
import com.segment.analytics.integrations.Integration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Whether analytics-android has made the plugin's integration. It makes all of them in one pass over the settings
 * document, and only those that it lists with a non-empty object (Analytics.java, performInitializeIntegrations).
 */
final class Readiness {
  static final String SEGMENT = "Segment.io";

  private final String name;
  private final Object found;
  private final CountDownLatch passed = new CountDownLatch(1);
  private final CountDownLatch ready = new CountDownLatch(1);
  private volatile Throwable thrown;
  private volatile boolean declined;

  Readiness(String name, Object found) {
    this.name = name;
    this.found = found;
  }

  /** The plugin's factory, and what came of it is noted; null where what was found is none. */
  Integration.Factory factory() {
    if (!(found instanceof Integration.Factory factory)) return null;
    return new Integration.Factory() {
      @Override
      public Integration<?> create(ValueMap settings, Analytics analytics) {
        try {
          var made = factory.create(settings, analytics);
          declined = made == null;
          return made;
        } catch (RuntimeException | Error e) {
          thrown = e;
          throw e;
        }
      }

      @Override
      public String key() {
        return factory.key();
      }
    };
  }

  /** Callbacks come in the order that they were asked for: where Segment's own has come, the plugin's never will. */
  void watch(Analytics analytics) {
    if (found instanceof Integration.Factory factory) {
      analytics.onIntegrationReady(factory.key(), made -> ready.countDown());
    }
    analytics.onIntegrationReady(SEGMENT, made -> passed.countDown());
  }

  Health health(long withinMs) throws InterruptedException {
    if (!(found instanceof Integration.Factory factory)) {
      return Health.absent("no-global", name + " is " + found.getClass().getName() + ", and no Integration.Factory");
    }
    boolean decided = passed.await(withinMs, TimeUnit.MILLISECONDS);
    if (thrown != null) return Health.absent("threw", name + ".create(): " + thrown);
    if (ready.getCount() == 0) return Health.fine();
    if (!decided) return Health.absent("not-loaded", "analytics-android got no settings");
    if (declined) return Health.absent("not-loaded", name + ".create() gave null");
    var key = factory.key();
    return Health.absent("not-loaded", "Segment's settings do not list " + key + " with a non-empty object: it is off");
  }
}
