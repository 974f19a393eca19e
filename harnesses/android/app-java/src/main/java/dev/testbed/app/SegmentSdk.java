package dev.testbed.app;

import android.app.Application;
import com.segment.analytics.Analytics;
import com.segment.analytics.Options;
import com.segment.analytics.Properties;
import com.segment.analytics.Traits;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.json.JSONException;
import org.json.JSONObject;

/** Analytics-android. */
final class SegmentSdk implements Sdk {
  private final MessageIds messageIds = new MessageIds();
  private final Uploads uploads = new Uploads();
  private Analytics analytics;
  private CountDownLatch queued = new CountDownLatch(0);
  private Readiness readiness;

  @Override
  public void start(Application application, Setup setup, Object factory, Caught caught) throws JSONException {
    var builder = new Analytics.Builder(application, setup.writeKey())
        .flushQueueSize(setup.flushAt())
        .flushInterval(setup.flushInterval(), TimeUnit.SECONDS)
        .defaultOptions(defaults(setup.integrations()))
        .networkExecutor(uploads)
        .useSourceMiddleware(messageIds);
    if (setup.lifecycle()) builder.trackApplicationLifecycleEvents();
    if (setup.deepLinks()) builder.trackDeepLinks();
    readiness = new Readiness(setup.factory(), factory);
    var made = readiness.factory();
    if (made != null) builder.use(made);
    analytics = builder.build();
    readiness.watch(analytics);
  }

  @Override
  public Called call(String method, JSONObject step) throws JSONException, NotApplicable {
    var options = options(step);
    var name = method.equals("track") ? step.getString("event") : null;
    var call = messageIds.next(method, name);
    try {
      make(method, step, options);
    } catch (JSONException | NotApplicable | RuntimeException | Error e) {
      messageIds.forget(call);
      throw e;
    }
    return call.called();
  }

  private void make(String method, JSONObject step, Options options) throws JSONException, NotApplicable {
    switch (method) {
      case "identify" -> analytics.identify(Json.text(step, "userId"), traits(step), options);
      case "track" -> analytics.track(step.getString("event"), properties(step), options);
      case "screen" ->
          analytics.screen(Json.text(step, "category"), Json.text(step, "name"), properties(step), options);
      case "group" -> analytics.group(step.getString("groupId"), traits(step), options);
      case "alias" -> {
        if (step.has("previousId")) {
          throw new NotApplicable("analytics-android's alias has no previousId: it is always the current user's id");
        }
        analytics.alias(step.getString("userId"), options);
      }
      default -> throw new NotApplicable("analytics-android has no " + method);
    }
  }

  @Override
  public void reset() {
    analytics.reset();
  }

  @Override
  public void flush() {
    analytics.flush();
    var passed = new CountDownLatch(1);
    queued = passed;
    // It takes the same way as the flush, from the SDK's executor to the main thread, and comes after it.
    analytics.onIntegrationReady(Readiness.SEGMENT, made -> passed.countDown());
  }

  @Override
  public void flushed(long withinMs) throws InterruptedException {
    long end = System.nanoTime() + withinMs * 1_000_000;
    if (queued.await(withinMs, TimeUnit.MILLISECONDS)) uploads.await(end);
  }

  @Override
  public Health health(long withinMs) throws InterruptedException {
    return readiness.health(withinMs);
  }

  private static Traits traits(JSONObject step) throws JSONException {
    var traits = new Traits();
    traits.putAll(Json.map(step.optJSONObject("traits")));
    return traits;
  }

  private static Properties properties(JSONObject step) throws JSONException {
    var properties = new Properties();
    properties.putAll(Json.map(step.optJSONObject("properties")));
    return properties;
  }

  private static Options defaults(JSONObject integrations) throws JSONException {
    var options = new Options();
    integrate(options, integrations);
    return options;
  }

  private static Options options(JSONObject step) throws JSONException, NotApplicable {
    var given = step.optJSONObject("options");
    if (given == null) return new Options();
    for (var names = given.keys(); names.hasNext(); ) {
      var name = (String) names.next();
      if (!name.equals("integrations") && !name.equals("context")) {
        throw new NotApplicable("analytics-android's options have no " + name);
      }
    }
    var options = new Options();
    integrate(options, given.optJSONObject("integrations"));
    Json.map(given.optJSONObject("context")).forEach(options::putContext);
    return options;
  }

  private static void integrate(Options options, JSONObject integrations) throws JSONException {
    for (var entry : Json.map(integrations).entrySet()) {
      if (entry.getValue() instanceof Map<?, ?> map) {
        @SuppressWarnings("unchecked")
        var values = (Map<String, Object>) map;
        options.setIntegrationOptions(entry.getKey(), values);
      } else {
        options.setIntegration(entry.getKey(), Boolean.TRUE.equals(entry.getValue()));
      }
    }
  }
}
