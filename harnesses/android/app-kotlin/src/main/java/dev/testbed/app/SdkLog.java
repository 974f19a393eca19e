package dev.testbed.app;

import android.util.Log;
import com.segment.analytics.kotlin.core.platform.plugins.logger.LogMessage;
import com.segment.analytics.kotlin.core.platform.plugins.logger.Logger;
import java.util.function.Consumer;

/**
 * What analytics-kotlin logs. What a plugin throws while it has an event or a change of settings ends up here and
 * nowhere else, as two lines or one, without its stack (Mediator.kt).
 */
final class SdkLog implements Logger {
  private static final String SKIPPING = "Skipping plugin due to Exception: ";
  private static final String IN_EVENT = "Caught Exception in plugin";
  private static final String IN_CLOSURE = "Caught Exception applying closure to plugin: ";

  private final String plugin;
  private final Consumer<String> first;
  private final Caught caught;
  private final ThreadLocal<Boolean> skipping = new ThreadLocal<>();

  /** `first` is told before `caught` is. */
  SdkLog(Object plugin, Consumer<String> first, Caught caught) {
    this.first = first;
    this.plugin = String.valueOf(plugin);
    this.caught = caught;
  }

  @Override
  public void parseLog(LogMessage line) {
    var text = line.getMessage();
    Log.println(priority(line), "Analytics", text);
    if (text.startsWith(SKIPPING)) {
      skipping.set(text.equals(SKIPPING + plugin));
    } else if (text.startsWith(IN_EVENT) && Boolean.TRUE.equals(skipping.get())) {
      skipping.remove();
      tell(text);
    } else if (text.startsWith(IN_CLOSURE + plugin)) {
      tell(text);
    }
  }

  private void tell(String text) {
    first.accept(text);
    caught.tell(text);
  }

  private static int priority(LogMessage line) {
    return switch (line.getKind()) {
      case ERROR -> Log.ERROR;
      case WARNING -> Log.WARN;
      case DEBUG -> Log.DEBUG;
    };
  }
}
