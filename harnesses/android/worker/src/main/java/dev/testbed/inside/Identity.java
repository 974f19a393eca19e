package dev.testbed.inside;

import android.os.Build;
import android.os.SystemProperties;
import android.provider.Settings;
import dev.testbed.worker.Setting;
import java.util.Locale;
import java.util.Map;
import java.util.TimeZone;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.shadows.ShadowWebSettings;
import org.robolectric.util.ReflectionHelpers;

/** The phone that an app takes this for: what Build, the system properties and user agents say. */
final class Identity {

  /** Fields of Build, and the property that each is read from (android/os/Build.java). */
  private static final Map<String, String> FIELDS =
      Map.ofEntries(
          Map.entry("ID", "ro.build.id"),
          Map.entry("DISPLAY", "ro.build.display.id"),
          Map.entry("PRODUCT", "ro.product.name"),
          Map.entry("DEVICE", "ro.product.device"),
          Map.entry("BOARD", "ro.product.board"),
          Map.entry("MANUFACTURER", "ro.product.manufacturer"),
          Map.entry("BRAND", "ro.product.brand"),
          Map.entry("MODEL", "ro.product.model"),
          Map.entry("HARDWARE", "ro.hardware"),
          Map.entry("BOOTLOADER", "ro.bootloader"),
          Map.entry("TYPE", "ro.build.type"),
          Map.entry("TAGS", "ro.build.tags"),
          Map.entry("FINGERPRINT", "ro.build.fingerprint"),
          Map.entry("USER", "ro.build.user"),
          Map.entry("HOST", "ro.build.host"));

  private static final Map<String, String> VERSION =
      Map.of(
          "RELEASE", "ro.build.version.release",
          "INCREMENTAL", "ro.build.version.incremental",
          "SECURITY_PATCH", "ro.build.version.security_patch");

  /** Before there is an app: what its classes may keep in statics. */
  static void assume(Setting setting) {
    setting.properties().forEach(SystemProperties::set);
    set(Build.class, FIELDS, setting);
    set(Build.VERSION.class, VERSION, setting);
    String abis = setting.properties().getOrDefault("ro.product.cpu.abilist", "arm64-v8a");
    ReflectionHelpers.setStaticField(Build.class, "SUPPORTED_ABIS", abis.split(","));
    TimeZone.setDefault(TimeZone.getTimeZone(setting.timeZone()));
    System.setProperty("user.timezone", setting.timeZone());
    System.setProperty("http.agent", agent());
    Proxy.is(setting.proxy());
  }

  /** Once the system's services are there. */
  static void settle(Setting setting, String packageName) {
    ShadowWebSettings.setDefaultUserAgent(
        "Mozilla/5.0 (Linux; Android %s; %s Build/%s; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0"
                .formatted(Build.VERSION.RELEASE, Build.MODEL, Build.ID)
            + " Chrome/120.0.0.0 Mobile Safari/537.36");
    Settings.Secure.putString(
        RuntimeEnvironment.systemContext == null ? null : RuntimeEnvironment.systemContext.getContentResolver(),
        Settings.Secure.ANDROID_ID,
        "%016x".formatted(0x9E3779B97F4A7C15L * (packageName + Build.getSerial()).hashCode()));
  }

  /** As Robolectric's Config has it (https://robolectric.org/device-configuration). */
  static String qualifiers(Setting setting) {
    Locale locale = Locale.forLanguageTag(setting.locale());
    int width = setting.width() * 160 / setting.density();
    int height = setting.height() * 160 / setting.density();
    String region = locale.getCountry().isEmpty() ? "" : "-r" + locale.getCountry();
    return "%s%s-w%ddp-h%ddp-%s-%ddpi"
        .formatted(
            locale.getLanguage(), region, width, height, width > height ? "land" : "port", setting.density());
  }

  /** RuntimeInit.getDefaultUserAgent. */
  private static String agent() {
    return "Dalvik/2.1.0 (Linux; U; Android %s; %s Build/%s)"
        .formatted(Build.VERSION.RELEASE, Build.MODEL, Build.ID);
  }

  private static void set(Class<?> type, Map<String, String> fields, Setting setting) {
    fields.forEach(
        (field, property) -> {
          String value = setting.properties().get(property);
          if (value != null) {
            ReflectionHelpers.setStaticField(type, field, value);
          }
        });
  }

  private Identity() {}
}
