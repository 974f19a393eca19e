package acme;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URL;

/** Acme's own servers. */
final class Vendor {
  private Vendor() {}

  /** A GET of /WHAT?ms=MS. */
  static void send(String what, long ms) {
    try {
      var connection = (HttpURLConnection) new URL("https://api.acme.example/" + what + "?ms=" + ms).openConnection();
      connection.getInputStream().readAllBytes();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
