package dev.testbed.app;

import com.segment.analytics.kotlin.core.BaseEvent;
import com.segment.analytics.kotlin.core.RequestFactory;
import com.segment.analytics.kotlin.core.platform.Plugin;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import okhttp3.Call;
import okhttp3.EventListener;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Response;

/** Whether analytics-kotlin has sent what it has taken in, as its HTTP client tells. */
final class Uploads extends EventListener {
  /** It may have reasons to send nothing: a pause that Segment asked for. */
  private static final long BEGUN_WITHIN_MS = 1000;

  private final Map<String, Called> expected = new HashMap<>();
  private long taken;
  private long sent;
  private int open;
  private boolean failed;

  /** As the SDK's own (RequestFactory, in HTTPClient.kt), but that it tells. */
  RequestFactory factory() {
    return new RequestFactory(new OkHttpClient.Builder()
        .protocols(List.of(Protocol.HTTP_2, Protocol.HTTP_1_1))
        .connectTimeout(15, TimeUnit.SECONDS)
        .readTimeout(20, TimeUnit.SECONDS)
        .eventListener(this)
        .build());
  }

  /** Sees the events that the SDK has given to all of its destinations, of which it is one itself. */
  Plugin counter() {
    return new Quiet(Plugin.Type.After) {
      @Override
      public BaseEvent execute(BaseEvent event) {
        take(event.getMessageId());
        return event;
      }
    };
  }

  /** A call has become this message. */
  void expect(String messageId, Called called) {
    synchronized (this) {
      expected.put(messageId, called);
    }
    called.messageId().complete(messageId);
  }

  /** Wait until there is nothing to send, or it could not be sent: until `end`. */
  void await(long end) throws InterruptedException {
    if (begun(Math.min(end, System.nanoTime() + BEGUN_WITHIN_MS * 1_000_000))) over(end);
  }

  /** Whether the last ones ended without an answer, or with a refusal. */
  synchronized boolean failed() {
    return failed;
  }

  @Override
  public synchronized void callStart(Call call) {
    if (!uploads(call)) return;
    open++;
    sent = taken;
    notifyAll();
  }

  @Override
  public synchronized void responseHeadersEnd(Call call, Response response) {
    if (uploads(call)) failed = !response.isSuccessful();
  }

  @Override
  public void callEnd(Call call) {
    if (uploads(call)) end(false);
  }

  @Override
  public void callFailed(Call call, IOException problem) {
    if (uploads(call)) end(true);
  }

  private static boolean uploads(Call call) {
    return call.request().url().encodedPath().endsWith("/b");
  }

  private synchronized void take(String messageId) {
    taken++;
    var called = expected.remove(messageId);
    if (called != null) called.offered().complete(null);
  }

  private synchronized void end(boolean lost) {
    open--;
    failed |= lost;
    notifyAll();
  }

  private synchronized boolean begun(long end) throws InterruptedException {
    for (long left; taken > sent && (left = left(end)) > 0; ) wait(left);
    return taken == sent;
  }

  private synchronized void over(long end) throws InterruptedException {
    for (long left; open > 0 && (left = left(end)) > 0; ) wait(left);
  }

  private static long left(long end) {
    return (end - System.nanoTime()) / 1_000_000;
  }
}
