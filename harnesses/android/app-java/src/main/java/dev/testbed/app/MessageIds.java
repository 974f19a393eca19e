package dev.testbed.app;

import com.segment.analytics.Middleware;
import com.segment.analytics.integrations.BasePayload;
import com.segment.analytics.integrations.TrackPayload;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Tells which message a call became: a source middleware that changes nothing. The SDK takes calls in in their order,
 * and its own events (Application Opened) come in between.
 */
final class MessageIds implements Middleware {
  /** A call of ours that has made no message yet. `event` is null where the call has no such name. */
  record Call(String method, String event, CompletableFuture<String> messageId) {
    boolean made(BasePayload payload) {
      if (!payload.type().name().equals(method)) return false;
      return !(payload instanceof TrackPayload track) || track.event().equals(event);
    }
  }

  private final List<Call> open = new ArrayList<>();

  synchronized Call next(String method, String event) {
    var call = new Call(method, event, new CompletableFuture<>());
    open.add(call);
    return call;
  }

  synchronized void forget(Call call) {
    open.remove(call);
  }

  @Override
  public void intercept(Chain chain) {
    note(chain.payload());
    chain.proceed(chain.payload());
  }

  private synchronized void note(BasePayload payload) {
    for (var call : open) {
      if (!call.made(payload)) continue;
      open.remove(call);
      call.messageId().complete(payload.messageId());
      return;
    }
  }
}
