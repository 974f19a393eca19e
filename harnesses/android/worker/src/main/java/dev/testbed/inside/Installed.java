package dev.testbed.inside;

import static org.robolectric.util.reflector.Reflector.reflector;

import android.app.ActivityThread;
import android.app.Application;
import android.app.LoadedApk;
import android.content.BroadcastReceiver;
import android.content.ContentProvider;
import android.content.Context;
import android.content.IntentFilter;
import android.content.pm.ApplicationInfo;
import android.content.pm.PackageParser;
import android.content.pm.ProviderInfo;
import android.content.res.Configuration;
import android.content.res.Resources;
import android.provider.FontsContract;
import android.util.DisplayMetrics;
import dev.testbed.worker.Setting;
import dev.testbed.worker.Start;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.android.Bootstrap;
import org.robolectric.shadow.api.Shadow;
import org.robolectric.shadows.ShadowActivityThread;
import org.robolectric.shadows.ShadowApplication;
import org.robolectric.shadows.ShadowContentResolver;
import org.robolectric.shadows.ShadowContextImpl._ContextImpl_;
import org.robolectric.shadows.ShadowActivityThread._ActivityThread_;
import org.robolectric.shadows.ShadowActivityThread._AppBindData_;
import org.robolectric.shadows.ShadowDisplay;
import org.robolectric.shadows.ShadowLoadedApk._LoadedApk_;
import org.robolectric.shadows.ShadowPackageManager;
import org.robolectric.shadows.ShadowPackageParser;
import org.robolectric.util.ReflectionHelpers;

/**
 * An app as its APK describes it, in the process that was started for it: what ActivityThread.handleBindApplication does,
 * in its order. Robolectric's own (AndroidTestEnvironment) knows no class loader but the sandbox's and no providers.
 */
final class Installed {

  private final ClassLoader code;
  private final PackageParser.Package contents;
  private final Application application;
  private final ActivityThread process = (ActivityThread) RuntimeEnvironment.getActivityThread();

  Installed(Start start, Path framework, ClassLoader code) throws Exception {
    this.code = code;
    Setting setting = start.setting();
    RuntimeEnvironment.compileTimeSystemResourcesFile = framework;
    _ActivityThread_ thread = reflector(_ActivityThread_.class, process);
    Context system = reflector(_ContextImpl_.class).createSystemContext(process);
    RuntimeEnvironment.systemContext = system;
    Application none = new Application();
    thread.setInitialApplication(none);
    Shadow.<ShadowApplication>extract(none).callAttach(system);

    contents = ShadowPackageParser.callParsePackage(Path.of(start.apk()));
    ApplicationInfo info = contents.applicationInfo;
    info.appComponentFactory = null; // androidx.core's, which makes nothing but plain instances
    place(info, Path.of(start.data()));
    ShadowActivityThread.setApplicationInfo(info);
    Configuration configuration = Bootstrap.getConfiguration();
    Shadow.<ShadowActivityThread>extract(process).setCompatConfiguration(configuration);
    Bootstrap.setUpDisplay();
    ShadowDisplay display = Shadow.extract(ShadowDisplay.getDefaultDisplay());
    display.setWidth(setting.width()); // qualifiers count in dp, rounded
    display.setHeight(setting.height());
    display.setRealWidth(setting.width());
    display.setRealHeight(setting.height());
    process.applyConfigurationToResources(configuration);

    Object bound = ReflectionHelpers.callConstructor(Class.forName("android.app.ActivityThread$AppBindData"));
    reflector(_AppBindData_.class, bound).setProcessName(info.packageName);
    reflector(_AppBindData_.class, bound).setAppInfo(info);
    thread.setBoundApplication(bound);
    LoadedApk loaded = process.getPackageInfo(info, null, Context.CONTEXT_INCLUDE_CODE);
    Context context = reflector(_ContextImpl_.class).createAppContext(process, loaded);
    Shadow.<ShadowPackageManager>extract(context.getPackageManager()).addPackageInternal(contents);

    String name = info.className == null ? Application.class.getName() : info.className;
    application = (Application) instance(name);
    RuntimeEnvironment.setConfiguredApplicationClass(application.getClass());
    RuntimeEnvironment.application = application;
    RuntimeEnvironment.setApplicationSupplier(() -> application);
    thread.setInitialApplication(application);
    Shadow.<ShadowApplication>extract(application).callAttach(context);
    reflector(_ContextImpl_.class, context).setOuterContext(application);
    reflector(_ContextImpl_.class, context).setClassLoader(code);
    Resources resources = application.getResources();
    reflector(_LoadedApk_.class, loaded).setResources(resources);
    reflector(_LoadedApk_.class, loaded).setApplication(application);
    Shadow.<ShadowApplication>extract(application).grantPermissions(Permissions.grantedTo(contents));
    DisplayMetrics metrics = new DisplayMetrics();
    ShadowDisplay.getDefaultDisplay().getRealMetrics(metrics);
    resources.updateConfiguration(configuration, metrics);
    FontsContract.setApplicationContextForResources(application);
  }

  Application application() {
    return application;
  }

  /** Content providers, then the application itself, then the receivers of its manifest. */
  void create() throws ReflectiveOperationException {
    List<ProviderInfo> providers =
        contents.providers.stream()
            .map(each -> each.info)
            .filter(each -> each.enabled && isOurs(each.processName))
            .sorted(Comparator.comparingInt((ProviderInfo each) -> -each.initOrder))
            .toList();
    for (ProviderInfo each : providers) {
      ContentProvider provider = (ContentProvider) instance(each.name);
      provider.attachInfo(application, each);
      for (String authority : each.authority.split(";")) {
        ShadowContentResolver.registerProviderInternal(authority, provider);
      }
    }
    process.getInstrumentation().callApplicationOnCreate(application);
    for (PackageParser.Activity each : contents.receivers) {
      for (IntentFilter filter : each.intents) {
        application.registerReceiver((BroadcastReceiver) instance(each.className), filter);
      }
    }
  }

  /** The parser leaves null what is as in the application. */
  private boolean isOurs(String processName) {
    return processName == null || processName.equals(contents.applicationInfo.processName);
  }

  private Object instance(String type) throws ReflectiveOperationException {
    var constructor = code.loadClass(type).getDeclaredConstructor();
    constructor.setAccessible(true);
    return constructor.newInstance();
  }

  private void place(ApplicationInfo info, Path data) throws IOException {
    info.sourceDir = contents.codePath;
    info.publicSourceDir = contents.codePath;
    if (info.processName == null) {
      info.processName = info.packageName;
    }
    info.dataDir = data.toString();
    info.deviceProtectedDataDir = data.resolve("device_protected").toString();
    // The very folder, but not by the same name: a ContextImpl that sees the same asks whether the user has unlocked it.
    info.credentialProtectedDataDir = data + "/.";
    for (String each : List.of("cache", "code_cache", "databases", "device_protected", "files", "shared_prefs")) {
      Files.createDirectories(data.resolve(each));
    }
  }
}
