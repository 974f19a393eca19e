package dev.testbed.inside;

import android.app.LoadedApk;
import dev.testbed.worker.Host;
import org.robolectric.annotation.Implementation;
import org.robolectric.annotation.Implements;
import org.robolectric.shadows.ShadowLoadedApk;

/** The code of an APK is the app's, not the framework's. */
@Implements(value = LoadedApk.class, isInAndroidSdk = false)
public class ShadowApk extends ShadowLoadedApk {

  @Override
  @Implementation
  public ClassLoader getClassLoader() {
    return Host.code();
  }

  @Override
  @Implementation
  public ClassLoader getSplitClassLoader(String splitName) {
    return Host.code();
  }
}
