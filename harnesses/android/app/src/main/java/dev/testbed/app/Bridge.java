package dev.testbed.app;

import java.lang.reflect.InvocationTargetException;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.json.JSONArray;
import org.json.JSONException;
import org.json.JSONObject;

/** The virtual device that the app runs on, where it does: dev.testbed.bridge.VirtualDevice, which no real one has. */
final class Bridge {
  private static final String NO_CLOCK = "this device has no virtual clock";

  private final Class<?> device = device();

  void advance(double seconds) throws NotApplicable {
    if (device == null) throw new NotApplicable(NO_CLOCK);
    ask("advance", new Class<?>[] {long.class}, Math.round(seconds * 1000));
  }

  JSONObject pending() throws JSONException {
    if (device == null) return Messages.ok().put("next_ms", JSONObject.NULL).put("busy", new JSONArray())
        .put("unobserved", new JSONArray().put(unobserved("timers", NO_CLOCK))).put("virtual", false);
    var told = (Map<?, ?>) ask("pending", new Class<?>[0]);
    var unobserved = new JSONArray();
    for (var line : (List<?>) told.get("unobserved")) {
      unobserved.put(unobserved(((String[]) line)[0], ((String[]) line)[1]));
    }
    return Messages.ok()
        .put("next_ms", told.get("next_ms") == null ? JSONObject.NULL : told.get("next_ms"))
        .put("busy", new JSONArray((List<?>) told.get("busy")))
        .put("unobserved", unobserved)
        .put("virtual", true);
  }

  /** Where time is virtual, it passes while a thread sleeps, and nobody has to wait: the device tells of that. */
  void onHeldUp(BiConsumer<Long, StackTraceElement[]> listener) {
    if (device != null) ask("onHeldUp", new Class<?>[] {BiConsumer.class}, listener);
  }

  /** What is to be done when the app is gone, where its threads are not gone with a process. */
  void onEnd(Runnable ending) {
    if (device != null) ask("onEnd", new Class<?>[] {Runnable.class}, ending);
  }

  /** CPU time of a thread in nanoseconds; -1: it cannot be known. */
  long cpuNanos(Thread thread) {
    return device == null ? -1 : (long) ask("cpuNanos", new Class<?>[] {Thread.class}, thread);
  }

  private static JSONObject unobserved(String subject, String reason) throws JSONException {
    return new JSONObject().put("subject", subject).put("reason", reason);
  }

  private Object ask(String method, Class<?>[] types, Object... arguments) {
    try {
      return device.getMethod(method, types).invoke(null, arguments);
    } catch (InvocationTargetException e) {
      throw new IllegalStateException(e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("the bridge is of another version: " + e, e);
    }
  }

  private static Class<?> device() {
    try {
      return Class.forName("dev.testbed.bridge.VirtualDevice", true, null);
    } catch (ClassNotFoundException e) {
      return null;
    }
  }
}
