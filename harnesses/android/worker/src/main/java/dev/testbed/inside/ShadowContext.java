package dev.testbed.inside;

import dev.testbed.worker.Host;
import org.robolectric.annotation.Implementation;
import org.robolectric.annotation.Implements;
import org.robolectric.shadows.ShadowContextImpl;

/** Context.getClassLoader is the app's. */
@Implements(className = ShadowContextImpl.CLASS_NAME, isInAndroidSdk = false)
public class ShadowContext extends ShadowContextImpl {

  @Override
  @Implementation
  protected ClassLoader getClassLoader() {
    return Host.code();
  }
}
