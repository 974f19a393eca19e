package dev.testbed.worker;

import dev.testbed.bridge.VirtualDevice;
import java.nio.file.Path;
import java.util.Properties;
import java.util.concurrent.Callable;
import org.robolectric.android.AndroidSdkShadowMatcher;
import org.robolectric.annotation.ResourcesMode;
import org.robolectric.annotation.SQLiteMode;
import org.robolectric.config.AndroidConfigurer;
import org.robolectric.interceptors.AndroidInterceptors;
import org.robolectric.internal.AndroidSandbox;
import org.robolectric.internal.SandboxManager;
import org.robolectric.internal.bytecode.ClassHandlerBuilder;
import org.robolectric.internal.bytecode.InstrumentationConfiguration;
import org.robolectric.internal.bytecode.Interceptors;
import org.robolectric.internal.bytecode.ShadowMap;
import org.robolectric.internal.bytecode.ShadowProviders;
import org.robolectric.pluginapi.Sdk;
import org.robolectric.pluginapi.SdkProvider;
import org.robolectric.util.inject.Injector;

/** Android's framework of one API level, loaded anew: what runs in it shares no static with any other. */
final class Framework {

  private static final String INSIDE = "dev.testbed.inside.";
  private static final String[] SHADOWS = {
    "ShadowApk", "ShadowContext", "ShadowLocalSocket", "ShadowLogging", "ShadowOwnProcess"
  };

  final Guest guest;
  final ThreadGroup threads;
  final Threads own;
  private final AndroidSandbox sandbox;

  private Framework(AndroidSandbox sandbox, Path jar) throws Exception {
    this.sandbox = sandbox;
    guest =
        onMain(
            () -> {
              Thread.currentThread().setContextClassLoader(loader());
              return (Guest)
                  inside("Phone").getConstructor(Object.class, Path.class).newInstance(sandbox.getTestEnvironment(), jar);
            });
    threads =
        onMain(
            () -> {
              guest.warmUp();
              return Thread.currentThread().getThreadGroup();
            });
    own = new Threads(threads);
  }

  /** About a second's work. */
  static Framework boot(int api) throws Exception {
    Injector injector = new Injector.Builder().bind(Properties.class, System.getProperties()).build();
    Sdk sdk = sdk(injector.getInstance(SdkProvider.class), api);
    Interceptors interceptors = new Interceptors(AndroidInterceptors.all());
    InstrumentationConfiguration.Builder loading = InstrumentationConfiguration.newBuilder();
    injector.getInstance(AndroidConfigurer.class).configure(loading, interceptors);
    loading.doNotAcquirePackage("dev.testbed.worker.").doNotAcquirePackage("dev.testbed.bridge.");
    AndroidSandbox sandbox =
        injector
            .getInstance(SandboxManager.SandboxBuilder.class)
            .build(loading.build(), sdk, sdk, ResourcesMode.Mode.BINARY, SQLiteMode.Mode.LEGACY);
    Class<?>[] ours = new Class<?>[SHADOWS.length];
    for (int i = 0; i < ours.length; i++) {
      ours[i] = sandbox.getRobolectricClassLoader().loadClass(INSIDE + SHADOWS[i]);
    }
    ShadowMap shadows =
        injector.getInstance(ShadowProviders.class).getBaseShadowMap().newBuilder().addShadowClasses(ours).build();
    sandbox.replaceShadowMap(shadows);
    sandbox.configure(
        injector.getInstance(ClassHandlerBuilder.class).build(shadows, new AndroidSdkShadowMatcher(api), interceptors),
        interceptors);
    return new Framework(sandbox, sdk.getJarPath());
  }

  ClassLoader loader() {
    return sandbox.getRobolectricClassLoader();
  }

  Class<?> inside(String name) throws ClassNotFoundException {
    return loader().loadClass(INSIDE + name);
  }

  /** Run it on the main thread, and wait for it. */
  <T> T onMain(Callable<T> task) throws Exception {
    return sandbox.runOnMainThread(task);
  }

  void close() {
    VirtualDevice.domain(threads).close();
    own.stop();
    sandbox.shutdown();
  }

  private static Sdk sdk(SdkProvider known, int api) {
    return known.getSdks().stream()
        .filter(sdk -> sdk.getApiLevel() == api)
        .findAny()
        .orElseThrow(() -> new IllegalArgumentException("no framework of API level " + api));
  }
}
