package dev.testbed.worker;

import java.io.PrintStream;
import java.lang.reflect.Field;
import java.net.Authenticator;
import java.net.CookieHandler;
import java.net.ProxySelector;
import java.net.ResponseCache;
import java.security.Provider;
import java.security.Security;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.TimeZone;

/** What an app may change in the JVM around it, as it was before. */
final class World {

  private final Properties properties = (Properties) System.getProperties().clone();
  private final TimeZone timeZone = TimeZone.getDefault();
  private final Locale locale = Locale.getDefault();
  private final PrintStream out = System.out;
  private final PrintStream err = System.err;
  private final Thread.UncaughtExceptionHandler uncaught = Thread.getDefaultUncaughtExceptionHandler();
  private final ProxySelector proxies = ProxySelector.getDefault();
  private final List<Provider> providers = List.of(Security.getProviders());

  /** Put it back, and drop what of the JVM's own holds on to the `code` of the app. */
  void restore(ClassLoader code) {
    System.setProperties((Properties) properties.clone());
    TimeZone.setDefault((TimeZone) timeZone.clone());
    Locale.setDefault(locale);
    System.setOut(out);
    System.setErr(err);
    Thread.setDefaultUncaughtExceptionHandler(uncaught);
    ProxySelector.setDefault(proxies);
    Authenticator.setDefault(null);
    CookieHandler.setDefault(null);
    ResponseCache.setDefault(null);
    for (Provider each : Security.getProviders()) {
      if (!providers.contains(each)) {
        Security.removeProvider(each.getName());
      }
    }
    dropHooks(code);
    ((Map<?, ?>) field("sun.net.www.http.HttpClient", "kac")).clear();
    ((Map<?, ?>) field("org.robolectric.util.reflector.Reflector", "cache")).clear();
    ((Map<?, ?>) field("org.robolectric.util.reflector.Reflector", "staticReflectorCache")).clear();
  }

  /** Android runs no shutdown hooks either when a process is killed, which is how an app ends. */
  private static void dropHooks(ClassLoader code) {
    Map<?, ?> hooks = (Map<?, ?>) field("java.lang.ApplicationShutdownHooks", "hooks");
    for (Object each : new ArrayList<>(hooks.keySet())) {
      Thread hook = (Thread) each;
      if (hook.getContextClassLoader() == code || hook.getClass().getClassLoader() == code) {
        Runtime.getRuntime().removeShutdownHook(hook);
      }
    }
  }

  private static Object field(String type, String name) {
    try {
      Field field = Class.forName(type).getDeclaredField(name);
      field.setAccessible(true);
      return field.get(null);
    } catch (ReflectiveOperationException otherVersion) {
      throw new IllegalStateException(otherVersion);
    }
  }
}
