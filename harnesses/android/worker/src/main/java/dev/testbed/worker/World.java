package dev.testbed.worker;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.Authenticator;
import java.net.CookieHandler;
import java.net.HttpURLConnection;
import java.net.ProxySelector;
import java.net.ResponseCache;
import java.security.Provider;
import java.security.Security;
import java.util.Hashtable;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.ResourceBundle;
import java.util.Set;
import java.util.TimeZone;
import java.util.logging.LogManager;
import javax.net.ssl.HostnameVerifier;
import javax.net.ssl.HttpsURLConnection;

/** What an app may change in the JVM around it, as it was before. */
final class World {

  private static final String HOOKS = "java.lang.ApplicationShutdownHooks";
  private static final List<String> REFLECTORS = List.of("cache", "staticReflectorCache");

  private final Properties properties = (Properties) System.getProperties().clone();
  private final Properties security = (Properties) ((Properties) Statics.get("java.security.Security", "props")).clone();
  private final List<Provider> providers = List.of(Security.getProviders());
  private final TimeZone timeZone = TimeZone.getDefault();
  private final Locale locale = Locale.getDefault();
  private final InputStream in = System.in;
  private final PrintStream out = System.out;
  private final PrintStream err = System.err;
  private final Thread.UncaughtExceptionHandler uncaught = Thread.getDefaultUncaughtExceptionHandler();
  private final ProxySelector proxies = ProxySelector.getDefault();
  private final HostnameVerifier verifier = HttpsURLConnection.getDefaultHostnameVerifier();
  private final Set<?> hooks = Set.copyOf(hooks().keySet());

  /** Put it back, and drop what of the JVM's own holds on to the `code` of the app. */
  void restore(ClassLoader code) throws IOException {
    System.setProperties((Properties) properties.clone());
    TimeZone.setDefault((TimeZone) timeZone.clone());
    Locale.setDefault(locale);
    System.setIn(in);
    System.setOut(out);
    System.setErr(err);
    Thread.setDefaultUncaughtExceptionHandler(uncaught);
    restoreNetwork();
    restoreSecurity();
    LogManager.getLogManager().readConfiguration();
    // Android runs no shutdown hooks either when it kills a process, which is how apps end.
    List.copyOf(hooks().keySet()).stream()
        .filter(each -> !hooks.contains(each))
        .forEach(each -> Runtime.getRuntime().removeShutdownHook((Thread) each));
    ResourceBundle.clearCache(code);
    REFLECTORS.forEach(each -> ((Map<?, ?>) Statics.get("org.robolectric.util.reflector.Reflector", each)).clear());
  }

  private void restoreNetwork() {
    ProxySelector.setDefault(proxies);
    Authenticator.setDefault(null);
    CookieHandler.setDefault(null);
    ResponseCache.setDefault(null);
    HttpURLConnection.setFollowRedirects(true);
    HttpsURLConnection.setDefaultHostnameVerifier(verifier);
    Statics.set("javax.net.ssl.HttpsURLConnection", "defaultSSLSocketFactory", null);
    Statics.set("javax.net.ssl.SSLContext", "defaultContext", null);
    Statics.set("java.net.URL", "factory", null);
    ((Hashtable<?, ?>) Statics.get("java.net.URL", "handlers")).clear();
    Statics.set("java.net.URLConnection", "factory", null);
    Statics.set("java.net.Socket", "factory", null);
    Statics.set("java.net.ServerSocket", "factory", null);
    ((Map<?, ?>) Statics.get("sun.net.www.http.HttpClient", "kac")).clear();
  }

  private void restoreSecurity() {
    if (!List.of(Security.getProviders()).equals(providers)) {
      for (Provider each : Security.getProviders()) {
        Security.removeProvider(each.getName());
      }
      providers.forEach(Security::addProvider);
    }
    Properties now = (Properties) Statics.get("java.security.Security", "props");
    now.clear();
    now.putAll(security);
  }

  private static Map<?, ?> hooks() {
    return (Map<?, ?>) Statics.get(HOOKS, "hooks");
  }
}
