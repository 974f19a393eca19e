package dev.testbed.inside;

import android.os.Process;
import dev.testbed.worker.Host;
import org.robolectric.annotation.Implementation;
import org.robolectric.annotation.Implements;
import org.robolectric.shadows.ShadowProcess;

/** A process that can end itself. */
@Implements(Process.class)
public class ShadowOwnProcess extends ShadowProcess {

  @Implementation
  protected static void killProcess(int pid) {
    sendSignal(pid, Process.SIGNAL_KILL);
  }

  @Implementation
  protected static void sendSignal(int pid, int signal) {
    if (pid == myPid() && signal == Process.SIGNAL_KILL) {
      Host.exit(signal);
    }
  }
}
