package dev.testbed.app;

import android.app.Application;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.json.JSONException;
import org.json.JSONObject;

/** Plays steps: what each message of the harness channel does. */
final class Steps implements Channel.Handler {
  private static final long TAKEN_WITHIN_MS = 3000;
  private static final long OFFERED_WITHIN_MS = 1000;
  private static final long FLUSHED_WITHIN_MS = 5000;
  private static final long READY_WITHIN_MS = 5000;

  private final Application application;
  private final Storage storage;
  private final MainThread main = new MainThread();
  private final Bridge bridge;
  private final Caught caught;
  private volatile Sdk sdk;
  private Health missing;

  Steps(Application application, Bridge bridge, Caught caught) {
    this.application = application;
    this.bridge = bridge;
    this.caught = caught;
    this.storage = new Storage(application);
  }

  /** The SDK, once it is set up; null before. */
  Sdk sdk() {
    return sdk;
  }

  @Override
  public JSONObject answer(JSONObject message) throws Exception {
    var step = message.getString("do");
    return switch (step) {
      case "setup" -> setup(Setup.read(message));
      case "identify", "track", "screen", "group", "alias" -> call(step, message);
      case "view" -> call("screen", message);
      case "reset" -> reset();
      case "flush" -> flush();
      case "health" -> Messages.ok().put("health", health().toJson());
      case "observe" -> observe(message);
      case "advance" -> advance(message.getDouble("by_s"));
      case "pending" -> bridge.pending();
      case "page" -> throw new NotApplicable("Segment's SDKs for Android have no page call");
      case "click" -> throw new NotApplicable("the harness app has nothing of the plugin's to click on");
      case "evaluate" -> throw new NotApplicable("there is no JavaScript in a native app");
      case "consent" -> throw new NotApplicable("Segment's SDKs for Android load plugins whatever the consent is");
      default -> throw new NotApplicable("the app has no " + step);
    };
  }

  private JSONObject setup(Setup setup) throws Exception {
    if (sdk != null) throw new IllegalStateException("the SDK is set up already: restart the app first");
    sdk = main.call(() -> started(setup));
    return Messages.ok();
  }

  private Sdk started(Setup setup) throws ReflectiveOperationException, JSONException {
    Object factory = null;
    try {
      factory = Plugins.find(setup.factory(), application);
    } catch (Plugins.Missing e) {
      missing = e.health;
    }
    var made = (Sdk) Class.forName("dev.testbed.app.SegmentSdk").getDeclaredConstructor().newInstance();
    bridge.onEnd(made::end);
    made.start(application, setup, factory, caught);
    return made;
  }

  private JSONObject call(String method, JSONObject step) throws Exception {
    var sdk = ready();
    var called = main.call(() -> sdk.call(method, step));
    if (!happens(called.messageId(), TAKEN_WITHIN_MS)) {
      return Messages.ok().put("reason", "the SDK has not taken the event in yet");
    }
    happens(called.offered(), OFFERED_WITHIN_MS); // it does not where a plugin drops the event
    return Messages.ok().put("messageId", called.messageId().join());
  }

  private static boolean happens(Future<?> future, long withinMs) throws InterruptedException, ExecutionException {
    try {
      future.get(withinMs, TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    }
  }

  private JSONObject reset() throws Exception {
    var sdk = ready();
    main.call(() -> {
      sdk.reset();
      return null;
    });
    sdk.afterReset(TAKEN_WITHIN_MS);
    return Messages.ok();
  }

  private JSONObject flush() throws Exception {
    var sdk = ready();
    main.call(() -> {
      sdk.flush();
      return null;
    });
    sdk.flushed(FLUSHED_WITHIN_MS);
    return Messages.ok();
  }

  private Health health() throws InterruptedException {
    if (missing != null) return missing;
    if (sdk == null) return Health.absent("no-sdk", "the SDK was not set up");
    return sdk.health(READY_WITHIN_MS);
  }

  private JSONObject observe(JSONObject message) throws JSONException, NotApplicable {
    var what = message.getString("what");
    if (!what.equals("storage")) throw new NotApplicable("a native app has no " + what);
    return storage.look(String.valueOf(message.get("name")));
  }

  private JSONObject advance(double seconds) throws JSONException, NotApplicable {
    bridge.advance(seconds);
    return Messages.ok();
  }

  private Sdk ready() {
    if (sdk == null) throw new IllegalStateException("the SDK is not set up: send setup first");
    return sdk;
  }
}
