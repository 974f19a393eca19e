package dev.testbed.inside;

import android.content.Context;
import android.security.net.config.ApplicationConfig;
import android.security.net.config.ManifestConfigSource;
import android.security.net.config.NetworkSecurityConfig;
import android.security.net.config.TrustAnchor;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;

/**
 * Whom the app trusts: what the network security config of its manifest says, read by the framework's own classes. The
 * system's store of a virtual phone is empty.
 */
final class Trust {

  private static final String PASSWORD = "changeit";

  private static Path file;

  static void of(Context context) throws Exception {
    NetworkSecurityConfig config =
        new ApplicationConfig(new ManifestConfigSource(context)).getConfigForHostname("");
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    int count = 0;
    for (TrustAnchor anchor : config.getTrustAnchors()) {
      store.setCertificateEntry("anchor-" + count++, anchor.certificate);
    }
    // All ways to a default trust manager read these properties each time, but for two objects that are kept.
    if (file != null) {
      Files.deleteIfExists(file);
    }
    file = Files.createTempFile("trust", ".p12"); // by another name: they know a file by that, size and time
    try (OutputStream out = Files.newOutputStream(file)) {
      store.store(out, PASSWORD.toCharArray());
    }
    System.setProperty("javax.net.ssl.trustStore", file.toString());
    System.setProperty("javax.net.ssl.trustStoreType", "PKCS12");
    System.setProperty("javax.net.ssl.trustStorePassword", PASSWORD);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(null, null, null);
    SSLContext.setDefault(tls);
    HttpsURLConnection.setDefaultSSLSocketFactory(tls.getSocketFactory());
  }

  private Trust() {}
}
