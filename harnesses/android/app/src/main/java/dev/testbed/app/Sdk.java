package dev.testbed.app;

import android.app.Application;
import android.content.Intent;
import org.json.JSONException;
import org.json.JSONObject;

/**
 * Segment's SDK, with the plugin. Each build of the app has one, dev.testbed.app.SegmentSdk. All is called on the main
 * thread, as a customer's app does, but for `afterReset`, `flushed` and `health`, which may wait.
 */
interface Sdk {
  /** Start it. `factory` is what Plugins found, null where there was no plugin to find. */
  void start(Application application, Setup setup, Object factory, Caught caught) throws JSONException;

  /** One of Segment's calls, a step as testbed/scenario/steps.py writes it. */
  Called call(String method, JSONObject step) throws JSONException, NotApplicable;

  void reset();

  /** Wait until a `reset` is through, where the SDK takes its time, at most so long. */
  default void afterReset(long withinMs) throws InterruptedException {}

  void flush();

  /** Wait until what was queued at `flush` was handed over, where that can be known, at most so long. */
  void flushed(long withinMs) throws InterruptedException;

  Health health(long withinMs) throws InterruptedException;

  /** End the threads that no interrupt ends. */
  default void end() {}

  /** An intent reached the running activity. */
  default void opened(Intent intent) {}
}
