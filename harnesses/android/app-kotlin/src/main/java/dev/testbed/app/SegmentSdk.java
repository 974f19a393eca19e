package dev.testbed.app;

import android.app.Application;
import android.content.Intent;
import com.segment.analytics.kotlin.android.AndroidAnalyticsKt;
import com.segment.analytics.kotlin.core.Analytics;
import com.segment.analytics.kotlin.core.BaseEvent;
import com.segment.analytics.kotlin.core.platform.Plugin;
import kotlin.Unit;
import kotlin.jvm.functions.Function1;
import kotlinx.coroutines.Dispatchers;
import org.json.JSONException;
import org.json.JSONObject;

/** Analytics-kotlin. */
final class SegmentSdk implements Sdk {
  private final Uploads uploads = new Uploads();
  private final Resets resets = new Resets();
  private Analytics analytics;
  private Readiness readiness;

  @Override
  public void start(Application application, Setup setup, Object factory, Caught caught) {
    readiness = new Readiness(setup.factory(), factory);
    analytics = AndroidAnalyticsKt.Analytics(setup.writeKey(), application, configuration -> {
      configuration.setFlushAt(setup.flushAt());
      configuration.setFlushInterval(setup.flushInterval());
      configuration.setTrackApplicationLifecycleEvents(setup.lifecycle());
      configuration.setTrackDeepLinks(setup.deepLinks());
      configuration.setRequestFactory(uploads.factory());
      configuration.setErrorHandler(error -> {
        readiness.caught(error);
        caught.tell(error);
        return Unit.INSTANCE;
      });
      return Unit.INSTANCE;
    });
    Analytics.Companion.setLogger(new SdkLog(factory, readiness::caught, caught)); // only now: it sets one of its own
    // The SDK has no load option for integrations: a customer's app adds a plugin that sets them on each event.
    if (setup.integrations().length() > 0) analytics.add(new Integrations(Json.object(setup.integrations())));
    if (factory instanceof Plugin plugin) analytics.add(plugin);
    analytics.add(uploads.counter());
    analytics.add(resets);
    analytics.add(readiness);
  }

  @Override
  public Called call(String method, JSONObject step) throws JSONException, NotApplicable {
    var called = Called.begun();
    var options = Options.read(step.optJSONObject("options"));
    make(method, step, event -> {
      options.apply(event);
      uploads.expect(event.getMessageId(), called);
      return event;
    });
    return called;
  }

  private void make(String method, JSONObject step, Function1<BaseEvent, BaseEvent> enrichment)
      throws JSONException, NotApplicable {
    var traits = Json.object(step.optJSONObject("traits"));
    var properties = Json.object(step.optJSONObject("properties"));
    switch (method) {
      case "identify" -> {
        if (step.isNull("userId")) analytics.identify(traits, enrichment);
        else analytics.identify(step.getString("userId"), traits, enrichment);
      }
      case "track" -> analytics.track(step.getString("event"), properties, enrichment);
      case "screen" -> analytics.screen(step.optString("name"), properties, step.optString("category"), enrichment);
      case "group" -> analytics.group(step.getString("groupId"), traits, enrichment);
      case "alias" -> {
        if (step.has("previousId")) {
          throw new NotApplicable("analytics-kotlin's alias has no previousId: it is always the current user's id");
        }
        analytics.alias(step.getString("userId"), enrichment);
      }
      default -> throw new NotApplicable("analytics-kotlin has no " + method);
    }
  }

  @Override
  public void reset() {
    analytics.reset();
  }

  @Override
  public void afterReset(long withinMs) throws InterruptedException {
    resets.passed(withinMs);
  }

  @Override
  public void flush() {
    analytics.flush();
  }

  @Override
  public void flushed(long withinMs) throws InterruptedException {
    long end = System.nanoTime() + withinMs * 1_000_000;
    readiness.passed(withinMs);
    uploads.await(end);
    // A batch is a file, which goes once it has arrived; there may be several.
    while (!analytics.pendingUploads().isEmpty() && !uploads.failed() && System.nanoTime() < end) Thread.sleep(5);
  }

  @Override
  public Health health(long withinMs) throws InterruptedException {
    return readiness.health(withinMs);
  }

  @Override
  public void end() {
    analytics.shutdown();
    Dispatchers.INSTANCE.shutdown();
  }

  @Override
  public void opened(Intent intent) {
    AndroidAnalyticsKt.openUrl(analytics, null, intent);
  }
}
