package dev.testbed.inside;

import java.util.List;

/** The global HTTP proxy, in the system properties that Android's ProxySelector reads (android.net.Proxy). */
final class Proxy {

  /** `proxy` is HOST:PORT, or empty. */
  static void is(String proxy) {
    int colon = proxy.lastIndexOf(':');
    for (String scheme : List.of("http", "https")) {
      if (colon > 0) {
        System.setProperty(scheme + ".proxyHost", proxy.substring(0, colon));
        System.setProperty(scheme + ".proxyPort", proxy.substring(colon + 1));
        // Unset, a JDK goes round the proxy for its own loopback; Android does not.
        System.setProperty(scheme + ".nonProxyHosts", "");
      } else {
        for (String each : List.of(".proxyHost", ".proxyPort", ".nonProxyHosts")) {
          System.clearProperty(scheme + each);
        }
      }
    }
  }

  private Proxy() {}
}
