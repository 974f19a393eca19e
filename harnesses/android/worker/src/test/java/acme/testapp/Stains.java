package acme.testapp;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Field;
import java.net.Authenticator;
import java.net.CookieHandler;
import java.net.CookieManager;
import java.net.HttpURLConnection;
import java.net.ProxySelector;
import java.net.URL;
import java.security.Provider;
import java.security.Security;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TimeZone;
import java.util.Timer;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;

/** What an app may leave in its process: how it is made, and how the next one would find it. */
enum Stains {
  CLASS(() -> Held.value = "x", () -> !Held.value.isEmpty()),
  PROPERTY(() -> System.setProperty("stain", "x"), () -> System.getProperty("stain") != null),
  LOCALE(() -> Locale.setDefault(Locale.JAPAN), () -> Locale.getDefault().equals(Locale.JAPAN)),
  TIME_ZONE(() -> TimeZone.setDefault(TimeZone.getTimeZone("Asia/Tokyo")), () -> zoneIs("Asia/Tokyo")),
  OUT(() -> System.setOut(new PrintStream(new Sink())), () -> !System.out.checkError() && fieldIs(System.out, "Sink")),
  UNCAUGHT(() -> Thread.setDefaultUncaughtExceptionHandler((thread, error) -> {}), Stains::handles),
  HOOK(() -> Runtime.getRuntime().addShutdownHook(new Thread(() -> {}, "hook")), () -> hooks().contains("hook")),
  THREAD(() -> new Thread(Stains::sleep, "stain").start(), () -> alive("stain")),
  TIMER(() -> new Timer("stained timer"), () -> alive("stained timer")),
  ELSEWHERE(() -> new Thread(top(), Stains::sleep, "elsewhere").start(), () -> alive("elsewhere")),
  PROVIDER(() -> Security.insertProviderAt(new Mine(), 1), () -> Security.getProvider("Mine") != null),
  SECURITY(() -> Security.setProperty("stain", "x"), () -> Security.getProperty("stain") != null),
  PROXIES(() -> ProxySelector.setDefault(null), () -> ProxySelector.getDefault() == null),
  COOKIES(() -> CookieHandler.setDefault(new CookieManager()), () -> CookieHandler.getDefault() != null),
  AUTHENTICATOR(() -> Authenticator.setDefault(new Authenticator() {}), () -> Authenticator.getDefault() != null),
  REDIRECTS(() -> HttpURLConnection.setFollowRedirects(false), () -> !HttpURLConnection.getFollowRedirects()),
  PROTOCOLS(() -> URL.setURLStreamHandlerFactory(protocol -> null), () -> get(URL.class, "factory") != null),
  TLS(() -> SSLContext.setDefault(tls()), () -> SSLContext.getDefault().getProtocol().equals("TLSv1.2")),
  VERIFIER(() -> HttpsURLConnection.setDefaultHostnameVerifier((host, session) -> true), Stains::believes),
  LOGGING(() -> Logger.getLogger("").setLevel(Level.ALL), () -> Logger.getLogger("").getLevel() == Level.ALL),
  THREAD_LOCAL(() -> Faults.onMain(() -> Held.LOCAL.set(new Held())), () -> false); // that only its classes would stay

  interface Make {
    void act() throws Exception;
  }

  interface Find {
    boolean found() throws Exception;
  }

  static final class Held {
    static final ThreadLocal<Held> LOCAL = new ThreadLocal<>();
    static String value = "";
  }

  static final class Sink extends ByteArrayOutputStream {}

  static final class Mine extends Provider {
    Mine() {
      super("Mine", "1", "");
    }
  }

  private final Make make;
  private final Find find;

  Stains(Make make, Find find) {
    this.make = make;
    this.find = find;
  }

  /** Those whose names are given, or all. */
  static void make(String names) throws Exception {
    for (Stains each : values()) {
      if (names.isEmpty() || List.of(names.split(",")).contains(each.name())) {
        each.make.act();
      }
    }
  }

  static String found() {
    return Arrays.stream(values()).filter(Stains::isFound).map(Enum::name).collect(Collectors.joining(","));
  }

  private boolean isFound() {
    try {
      return find.found();
    } catch (Exception error) {
      throw new IllegalStateException(name(), error);
    }
  }

  private static boolean zoneIs(String id) {
    return TimeZone.getDefault().getID().equals(id);
  }

  private static boolean handles() {
    return Thread.getDefaultUncaughtExceptionHandler().getClass().getName().contains("Stains");
  }

  private static boolean believes() {
    return HttpsURLConnection.getDefaultHostnameVerifier().getClass().getName().contains("Stains");
  }

  private static boolean fieldIs(PrintStream stream, String type) throws ReflectiveOperationException {
    Field out = java.io.FilterOutputStream.class.getDeclaredField("out");
    out.setAccessible(true);
    return out.get(stream).getClass().getSimpleName().equals(type);
  }

  private static Object get(Class<?> type, String name) throws ReflectiveOperationException {
    Field field = type.getDeclaredField(name);
    field.setAccessible(true);
    return field.get(null);
  }

  private static String hooks() throws ReflectiveOperationException {
    Map<?, ?> hooks = (Map<?, ?>) get(Class.forName("java.lang.ApplicationShutdownHooks"), "hooks");
    return hooks.keySet().stream().map(each -> ((Thread) each).getName()).collect(Collectors.joining(","));
  }

  private static boolean alive(String name) {
    return Thread.getAllStackTraces().keySet().stream().anyMatch(each -> each.getName().equals(name));
  }

  private static ThreadGroup top() {
    ThreadGroup group = Thread.currentThread().getThreadGroup();
    while (group.getParent() != null) {
      group = group.getParent();
    }
    return group;
  }

  private static void sleep() {
    try {
      Thread.sleep(1_000_000);
    } catch (InterruptedException pushed) {
      return;
    }
  }

  private static SSLContext tls() throws Exception {
    SSLContext context = SSLContext.getInstance("TLSv1.2");
    context.init(null, null, null);
    return context;
  }
}
