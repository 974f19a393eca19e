package dev.testbed.inside;

import android.util.Log;
import dev.testbed.worker.Host;
import org.robolectric.annotation.Implementation;
import org.robolectric.annotation.Implements;

/** Log's own code, down to what writes to the log device. Robolectric's keeps every line. */
@Implements(value = Log.class)
public class ShadowLogging {

  private static final int PAYLOAD = 4068; // LOGGER_ENTRY_MAX_PAYLOAD, liblog

  @Implementation
  protected static boolean isLoggable(String tag, int level) {
    return level >= Log.INFO;
  }

  @Implementation
  protected static int println_native(int buffer, int priority, String tag, String message) {
    Host.log(priority, tag, message);
    return message == null ? 0 : message.length();
  }

  @Implementation
  protected static int logger_entry_max_payload_native() {
    return PAYLOAD;
  }

  @Implementation
  protected static int wtf(int buffer, String tag, String message, Throwable error, boolean here, boolean system) {
    Host.log(Log.ASSERT, tag, error == null ? message : message + "\n" + Log.getStackTraceString(error));
    return 0;
  }
}
