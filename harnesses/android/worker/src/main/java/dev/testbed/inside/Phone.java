package dev.testbed.inside;

import android.app.QueuedWork;
import android.database.sqlite.SQLiteDatabase;
import android.os.Looper;
import dev.testbed.worker.Call;
import dev.testbed.worker.Guest;
import dev.testbed.worker.Setting;
import dev.testbed.worker.Start;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.annotation.Config;
import org.robolectric.annotation.ConscryptMode;
import org.robolectric.annotation.GraphicsMode;
import org.robolectric.annotation.LooperMode;
import org.robolectric.annotation.ResourcesMode;
import org.robolectric.annotation.SQLiteMode;
import org.robolectric.annotation.experimental.LazyApplication;
import org.robolectric.internal.TestEnvironment;
import org.robolectric.manifest.AndroidManifest;
import org.robolectric.pluginapi.config.ConfigurationStrategy.Configuration;
import org.robolectric.shadows.ShadowLooper;
import org.robolectric.util.ReflectionHelpers;

/** The phone as its one app finds it. */
public final class Phone implements Guest {

  private final TestEnvironment environment;
  private final Path framework;
  private Installed app;
  private Connectivity connectivity;
  private Screen screen;

  /** `framework` is the jar of this sandbox's API level. */
  public Phone(Object environment, Path framework) {
    this.environment = (TestEnvironment) environment;
    this.framework = framework;
  }

  @Override
  public void warmUp() {
    environment.setUpApplicationState(
        "boot", modes("en-rUS"), new AndroidManifest(null, null, null, List.of(), "android", null));
    SQLiteDatabase.create(null).close(); // on a thread of its own, for all databases to come
    forget();
  }

  @Override
  public void prepare(Start start, ClassLoader code) throws Exception {
    Setting setting = start.setting();
    Identity.assume(setting);
    environment.setUpApplicationState(
        "app", modes(Identity.qualifiers(setting)), new AndroidManifest(null, null, null, List.of(), start.packageName(), null));
    Identity.settle(setting, start.packageName());
    app = new Installed(start, framework, code);
    connectivity = new Connectivity(app.application());
    connectivity.is(setting);
    Trust.of(app.application());
    screen = new Screen(app.application(), code);
  }

  @Override
  public void launch(Call call) throws Exception {
    app.create();
    screen.show(call);
  }

  @Override
  public void deliver(Call call) throws Exception {
    screen.show(call);
  }

  @Override
  public void background() {
    screen.hide();
  }

  @Override
  public void surround(Setting setting) {
    connectivity.is(setting);
  }

  @Override
  public String[] top() {
    return screen.top();
  }

  @Override
  public void forget() {
    QueuedWork.waitToFinish(); // SharedPreferences.apply
    app = null;
    screen = null;
    connectivity = null;
    for (Looper each : ShadowLooper.getAllLoopers()) {
      if (each != Looper.getMainLooper()) {
        each.quit();
      }
    }
    environment.resetState();
    RuntimeEnvironment.getTempDirectory().destroy();
    ReflectionHelpers.setStaticField(QueuedWork.class, "sHandler", null);
  }

  private static Modes modes(String qualifiers) {
    return new Modes()
        .with(ConscryptMode.Mode.class, ConscryptMode.Mode.OFF)
        .with(LooperMode.Mode.class, LooperMode.Mode.PAUSED)
        .with(GraphicsMode.Mode.class, GraphicsMode.Mode.LEGACY)
        .with(SQLiteMode.Mode.class, SQLiteMode.Mode.LEGACY)
        .with(ResourcesMode.Mode.class, ResourcesMode.Mode.BINARY)
        .with(LazyApplication.LazyLoad.class, LazyApplication.LazyLoad.ON)
        .with(Config.class, new Config.Builder().setQualifiers(qualifiers).build());
  }

  /** Robolectric's settings, by their types. */
  private static final class Modes implements Configuration {

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
    public Collection<Class<?>> keySet() {
      return values.keySet();
    }

    @Override
    public Map<Class<?>, Object> map() {
      return values;
    }
  }
}
