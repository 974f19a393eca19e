package dev.testbed.inside;

import android.app.Application;
import android.content.Context;
import android.content.Intent;
import android.net.ConnectivityManager;
import android.net.Network;
import android.net.NetworkCapabilities;
import android.net.NetworkInfo;
import dev.testbed.worker.Setting;
import java.util.List;
import org.robolectric.shadow.api.Shadow;
import org.robolectric.shadows.ShadowConnectivityManager;
import org.robolectric.shadows.ShadowNetworkCapabilities;
import org.robolectric.shadows.ShadowNetworkInfo;

/** Wi-Fi that is there or not, as an app is told of it. */
final class Connectivity {

  private final Application application;
  private final ConnectivityManager manager;
  private final ShadowConnectivityManager shadow;
  private final Network network;

  Connectivity(Application application) {
    this.application = application;
    manager = (ConnectivityManager) application.getSystemService(Context.CONNECTIVITY_SERVICE);
    shadow = Shadow.extract(manager);
    shadow.setActiveNetworkInfo(wifi(true));
    network = manager.getActiveNetwork();
    NetworkCapabilities capabilities = ShadowNetworkCapabilities.newInstance();
    for (int each :
        List.of(
            NetworkCapabilities.NET_CAPABILITY_INTERNET,
            NetworkCapabilities.NET_CAPABILITY_VALIDATED,
            NetworkCapabilities.NET_CAPABILITY_NOT_METERED)) {
      Shadow.<ShadowNetworkCapabilities>extract(capabilities).addCapability(each);
    }
    Shadow.<ShadowNetworkCapabilities>extract(capabilities).addTransportType(NetworkCapabilities.TRANSPORT_WIFI);
    shadow.setNetworkCapabilities(network, capabilities);
  }

  void is(Setting setting) {
    Proxy.is(setting.proxy());
    boolean online = manager.getActiveNetworkInfo() != null && manager.getActiveNetworkInfo().isConnected();
    if (setting.online() == online) {
      return;
    }
    List<ConnectivityManager.NetworkCallback> listening = List.copyOf(shadow.getNetworkCallbacks());
    shadow.setActiveNetworkInfo(setting.online() ? wifi(true) : null);
    for (ConnectivityManager.NetworkCallback each : listening) {
      if (setting.online()) {
        each.onAvailable(network);
      } else {
        each.onLost(network);
      }
    }
    application.sendBroadcast(
        new Intent(ConnectivityManager.CONNECTIVITY_ACTION)
            .putExtra(ConnectivityManager.EXTRA_NO_CONNECTIVITY, !setting.online()));
  }

  private static NetworkInfo wifi(boolean connected) {
    return ShadowNetworkInfo.newInstance(
        NetworkInfo.DetailedState.CONNECTED,
        ConnectivityManager.TYPE_WIFI,
        0,
        true,
        connected ? NetworkInfo.State.CONNECTED : NetworkInfo.State.DISCONNECTED);
  }
}
