package dev.testbed.app;

import com.segment.analytics.kotlin.core.Settings;
import com.segment.analytics.kotlin.core.platform.DestinationPlugin;
import com.segment.analytics.kotlin.core.platform.Plugin;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import kotlin.Unit;

/**
 * Whether analytics-kotlin has the plugin, and has told it of its settings. A plugin of type Utility, which the SDK
 * updates after all destinations (Timeline.kt, applyClosure: in the order of the types).
 */
final class Readiness extends Quiet {
  private final String name;
  private final Object factory;
  private final CountDownLatch updated = new CountDownLatch(1);
  private volatile Settings settings;
  private volatile String thrown;

  Readiness(String name, Object factory) {
    super(Type.Utility);
    this.name = name;
    this.factory = factory;
  }

  @Override
  public void update(Settings settings, UpdateType type) {
    this.settings = settings;
    updated.countDown();
  }

  /** The SDK caught something. Until the plugin was told of its settings, that is why it is not ready. */
  void caught(Throwable error) {
    if (factory instanceof Plugin && mentions(error, factory.getClass().getName())) caught(error.toString());
  }

  /** As above, where it tells no more than a line of its log. */
  void caught(String message) {
    if (updated.getCount() > 0) thrown = message;
  }

  Health health(long withinMs) throws InterruptedException {
    if (!(factory instanceof Plugin plugin)) {
      var type = factory.getClass().getName();
      return Health.absent("no-global", name + " is " + type + ", and no Plugin of analytics-kotlin");
    }
    boolean told = updated.await(withinMs, TimeUnit.MILLISECONDS);
    if (thrown != null) return Health.absent("threw", name + ": " + thrown);
    if (!there(plugin)) return Health.absent("threw", name + " is not among the SDK's plugins: its setup() failed");
    if (!told) return Health.neverReady("analytics-kotlin got no settings");
    if (plugin instanceof DestinationPlugin destination && !settings.hasIntegrationSettings(destination)) {
      return Health.absent("not-loaded", "Segment's settings do not list " + destination.getKey() + ": it is off");
    }
    Startup.passed(getAnalytics(), withinMs);
    return Health.fine();
  }

  /** Wait until the SDK's own thread has done what it had to do by now. */
  void passed(long withinMs) throws InterruptedException {
    var done = new CountDownLatch(1);
    kotlinx.coroutines.BuildersKt.launch(
        getAnalytics().getAnalyticsScope(),
        getAnalytics().getAnalyticsDispatcher(),
        kotlinx.coroutines.CoroutineStart.DEFAULT,
        (scope, continuation) -> {
          done.countDown();
          return Unit.INSTANCE;
        });
    done.await(withinMs, TimeUnit.MILLISECONDS);
  }

  private static boolean mentions(Throwable error, String type) {
    for (var frame : error.getStackTrace()) {
      if (frame.getClassName().equals(type)) return true;
    }
    return error.getCause() != null && error.getCause() != error && mentions(error.getCause(), type);
  }

  private boolean there(Plugin wanted) {
    var found = new CountDownLatch(1);
    getAnalytics().applyClosureToPlugins(plugin -> {
      if (plugin == wanted) found.countDown();
      return Unit.INSTANCE;
    });
    return found.getCount() == 0;
  }
}
