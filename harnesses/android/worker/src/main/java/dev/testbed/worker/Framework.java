package dev.testbed.worker;

import java.util.Properties;
import java.util.concurrent.Callable;
import org.robolectric.android.AndroidSdkShadowMatcher;
import org.robolectric.annotation.SQLiteMode;
import org.robolectric.config.AndroidConfigurer;
import org.robolectric.interceptors.AndroidInterceptors;
import org.robolectric.internal.AndroidSandbox;
import org.robolectric.internal.bytecode.ClassHandlerBuilder;
import org.robolectric.annotation.ResourcesMode;
import org.robolectric.internal.SandboxManager;
import org.robolectric.internal.bytecode.ShadowProviders;
import org.robolectric.internal.bytecode.InstrumentationConfiguration;
import org.robolectric.internal.bytecode.Interceptors;
import org.robolectric.internal.bytecode.ShadowMap;
import org.robolectric.pluginapi.Sdk;
import org.robolectric.pluginapi.SdkProvider;
import org.robolectric.util.inject.Injector;

/** Android's framework of one API level, loaded anew: what runs in it shares no static with any other. */
final class Framework {

  private static final String INSIDE = "dev.testbed.inside.";

  final int api;
  final Guest guest;
  final ThreadGroup threads;
  private final AndroidSandbox sandbox;

  Framework(int api) throws ReflectiveOperationException {
    this.api = api;
    Injector injector = new Injector.Builder().bind(Properties.class, System.getProperties()).build();
    Sdk sdk = sdk(injector.getInstance(SdkProvider.class), api);
    Interceptors interceptors = new Interceptors(AndroidInterceptors.all());
    InstrumentationConfiguration.Builder loading = InstrumentationConfiguration.newBuilder();
    injector.getInstance(AndroidConfigurer.class).configure(loading, interceptors);
    loading.doNotAcquirePackage("dev.testbed.worker.").doNotAcquirePackage("dev.testbed.bridge.");
    sandbox =
        injector
            .getInstance(SandboxManager.SandboxBuilder.class)
            .build(loading.build(), sdk, sdk, ResourcesMode.Mode.BINARY, SQLiteMode.Mode.LEGACY);
    ShadowMap shadows =
        injector.getInstance(ShadowProviders.class).getBaseShadowMap().newBuilder().addShadowClasses(ours()).build();
    sandbox.replaceShadowMap(shadows);
    sandbox.configure(
        injector
            .getInstance(ClassHandlerBuilder.class)
            .build(shadows, new AndroidSdkShadowMatcher(api), interceptors),
        interceptors);
    Class<?> phone = loader().loadClass(INSIDE + "Phone");
    guest =
        call(
            () -> {
              Thread.currentThread().setContextClassLoader(loader());
              return (Guest)
                  phone
                      .getConstructor(Object.class, java.nio.file.Path.class)
                      .newInstance(sandbox.getTestEnvironment(), sdk.getJarPath());
            });
    threads = call(() -> Thread.currentThread().getThreadGroup());
  }

  ClassLoader loader() {
    return sandbox.getRobolectricClassLoader();
  }

  /** Run it on the main thread, and wait for it. */
  <T> T call(Callable<T> task) {
    return sandbox.runOnMainThread(task);
  }

  void close() {
    sandbox.shutdown();
  }

  private static Sdk sdk(SdkProvider known, int api) {
    return known.getSdks().stream()
        .filter(sdk -> sdk.getApiLevel() == api)
        .findAny()
        .orElseThrow(() -> new IllegalArgumentException("no framework of API level " + api));
  }

  private Class<?>[] ours() throws ClassNotFoundException {
    String[] names = {"ShadowApk", "ShadowContext", "ShadowLocalSocket", "ShadowLogging", "ShadowOwnProcess"};
    Class<?>[] classes = new Class<?>[names.length];
    for (int i = 0; i < names.length; i++) {
      classes[i] = loader().loadClass(INSIDE + names[i]);
    }
    return classes;
  }
}
