package dev.testbed.app;

import com.segment.analytics.kotlin.core.AliasEvent;
import com.segment.analytics.kotlin.core.BaseEvent;
import com.segment.analytics.kotlin.core.GroupEvent;
import com.segment.analytics.kotlin.core.IdentifyEvent;
import com.segment.analytics.kotlin.core.ScreenEvent;
import com.segment.analytics.kotlin.core.TrackEvent;
import com.segment.analytics.kotlin.core.platform.EventPlugin;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Counts the resets that have come to an end. The SDK resets on a thread of its own and lets later calls overtake that
 * (Analytics.kt, reset): an event that follows at once may still be the last user's. Of type Utility, which comes after
 * all destinations.
 */
final class Resets extends Quiet implements EventPlugin {
  private final Semaphore ended = new Semaphore(0);

  Resets() {
    super(Type.Utility);
  }

  /** Wait until one more has ended than was waited for so far. */
  void passed(long withinMs) throws InterruptedException {
    ended.tryAcquire(withinMs, TimeUnit.MILLISECONDS);
  }

  @Override
  public void reset() {
    ended.release();
  }

  @Override
  public void flush() {}

  @Override
  public BaseEvent alias(AliasEvent event) {
    return event;
  }

  @Override
  public BaseEvent group(GroupEvent event) {
    return event;
  }

  @Override
  public BaseEvent identify(IdentifyEvent event) {
    return event;
  }

  @Override
  public BaseEvent screen(ScreenEvent event) {
    return event;
  }

  @Override
  public BaseEvent track(TrackEvent event) {
    return event;
  }
}
