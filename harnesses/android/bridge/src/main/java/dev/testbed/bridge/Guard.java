package dev.testbed.bridge;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;

/**
 * Network use of an app's main thread. On Android the sockets themselves ask dalvik.system.BlockGuard, whose policy is
 * what the app set with StrictMode: by default it throws NetworkOnMainThreadException. The JDK's ask here.
 */
public final class Guard {
  private final Method policy;
  private final Method onNetwork;

  Guard(ClassLoader sandbox) throws ReflectiveOperationException {
    policy = sandbox.loadClass("dalvik.system.BlockGuard").getMethod("getThreadPolicy");
    onNetwork = sandbox.loadClass("dalvik.system.BlockGuard$Policy").getMethod("onNetwork");
  }

  /** A socket is about to connect, to look a name up, or to read. */
  public static void network() {
    var domain = Domains.current();
    var guard = domain == null ? null : domain.guard;
    if (guard != null && domain.main.runs(Thread.currentThread())) guard.ask();
  }

  private void ask() {
    try {
      onNetwork.invoke(policy.invoke(null));
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof RuntimeException refused) throw refused;
      throw new IllegalStateException(e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }
}
