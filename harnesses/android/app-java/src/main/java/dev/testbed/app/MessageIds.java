package dev.testbed.app;

import android.os.Handler;
import android.os.Looper;
import com.segment.analytics.Middleware;
import com.segment.analytics.integrations.BasePayload;
import com.segment.analytics.integrations.TrackPayload;
import java.util.ArrayList;
import java.util.List;

/**
 * Tells which message a call became: a source middleware that changes nothing. The SDK takes calls in in their order,
 * and its own events (Application Opened) come in between.
 */
final class MessageIds implements Middleware {
  /** A call of ours that has made no message yet. `event` is null where the call has no such name. */
  record Call(String method, String event, Called called) {
    boolean made(BasePayload payload) {
      if (!payload.type().name().equals(method)) return false;
      return !(payload instanceof TrackPayload track) || track.event().equals(event);
    }
  }

  private final List<Call> open = new ArrayList<>();
  private final Handler main = new Handler(Looper.getMainLooper());

  synchronized Call next(String method, String event) {
    var call = new Call(method, event, Called.begun());
    open.add(call);
    return call;
  }

  synchronized void forget(Call call) {
    open.remove(call);
  }

  @Override
  public void intercept(Chain chain) {
    var called = taken(chain.payload());
    chain.proceed(chain.payload());
    // Integrations get it on the main thread, in the order that it was posted.
    if (called != null) main.post(() -> called.offered().complete(null));
  }

  /** The call of ours that it comes from; null: it is the SDK's own. */
  private synchronized Called taken(BasePayload payload) {
    for (var call : open) {
      if (!call.made(payload)) continue;
      open.remove(call);
      call.called().messageId().complete(payload.messageId());
      return call.called();
    }
    return null;
  }
}
