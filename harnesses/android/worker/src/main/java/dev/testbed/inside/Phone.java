package dev.testbed.inside;

import android.app.QueuedWork;
import android.os.Looper;
import dev.testbed.worker.Call;
import dev.testbed.worker.Guest;
import dev.testbed.worker.Setting;
import dev.testbed.worker.Start;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.robolectric.annotation.Config;
import org.robolectric.annotation.ConscryptMode;
import org.robolectric.annotation.GraphicsMode;
import org.robolectric.annotation.LooperMode;
import org.robolectric.annotation.ResourcesMode;
import org.robolectric.annotation.SQLiteMode;
import org.robolectric.annotation.experimental.LazyApplication;
import org.robolectric.internal.TestEnvironment;
import org.robolectric.manifest.AndroidManifest;
import org.robolectric.shadows.ShadowLooper;

/** The phone as its one app finds it. */
public final class Phone implements Guest {

  private final TestEnvironment environment;
  private final Path framework;
  private Connectivity connectivity;
  private Screen screen;

  /** `framework` is the jar of this sandbox's API level. */
  public Phone(Object environment, Path framework) {
    this.environment = (TestEnvironment) environment;
    this.framework = framework;
  }

  @Override
  public void start(Start start, ClassLoader code) throws Exception {
    Setting setting = start.setting();
    Identity.assume(setting);
    environment.setUpApplicationState(
        "app", modes(setting), new AndroidManifest(null, null, null, java.util.List.of(), start.packageName(), null));
    Identity.settle(setting, start.packageName());
    Installed installed = new Installed(start, framework, code);
    connectivity = new Connectivity(installed.application());
    connectivity.is(setting);
    Trust.of(installed.application());
    installed.create();
    screen = new Screen(installed.application(), code);
    screen.show(start.launch());
  }

  @Override
  public void deliver(Call call) throws Exception {
    screen.show(call);
  }

  @Override
  public void background() {
    if (screen != null) {
      screen.hide();
    }
  }

  @Override
  public void surround(Setting setting) {
    if (connectivity != null) {
      connectivity.is(setting);
    }
  }

  @Override
  public void pass(long ms) {
    if (screen != null || connectivity != null) {
      ShadowLooper looper = ShadowLooper.shadowMainLooper();
      looper.idleFor(ms, TimeUnit.MILLISECONDS);
    }
  }

  @Override
  public String[] top() {
    return screen == null ? new String[0] : screen.top();
  }

  @Override
  public void forget() {
    if (connectivity != null) {
      QueuedWork.waitToFinish(); // SharedPreferences.apply
    }
    screen = null;
    connectivity = null;
    for (Looper each : ShadowLooper.getAllLoopers()) {
      if (each != Looper.getMainLooper()) {
        each.quit();
      }
    }
    environment.resetState();
    org.robolectric.util.ReflectionHelpers.setStaticField(QueuedWork.class, "sHandler", null);
  }

  private static Modes modes(Setting setting) {
    return new Modes()
        .with(ConscryptMode.Mode.class, ConscryptMode.Mode.OFF)
        .with(LooperMode.Mode.class, LooperMode.Mode.PAUSED)
        .with(GraphicsMode.Mode.class, GraphicsMode.Mode.LEGACY)
        .with(SQLiteMode.Mode.class, SQLiteMode.Mode.LEGACY)
        .with(ResourcesMode.Mode.class, ResourcesMode.Mode.BINARY)
        .with(LazyApplication.LazyLoad.class, LazyApplication.LazyLoad.ON)
        .with(Config.class, new Config.Builder().setQualifiers(Identity.qualifiers(setting)).build());
  }

  /** Robolectric's settings, by their types. */
  private static final class Modes
      implements org.robolectric.pluginapi.config.ConfigurationStrategy.Configuration {
    private final Map<Class<?>, Object> values = new LinkedHashMap<>();

    <T> Modes with(Class<T> type, T value) {
      values.put(type, value);
      return this;
    }

    @Override
    public <T> T get(Class<T> type) {
      return type.cast(values.get(type));
    }

    @Override
    public java.util.Collection<Class<?>> keySet() {
      return values.keySet();
    }

    @Override
    public Map<Class<?>, Object> map() {
      return values;
    }
  }
}
