package com.example.mixpanel;

import static org.junit.Assert.assertEquals;
import static org.robolectric.Shadows.shadowOf;

import android.app.Application;
import android.content.pm.PackageInfo;
import android.os.Looper;
import com.segment.analytics.Analytics;
import com.segment.analytics.ConnectionFactory;
import com.segment.analytics.Properties;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import okhttp3.mockwebserver.Dispatcher;
import okhttp3.mockwebserver.MockResponse;
import okhttp3.mockwebserver.MockWebServer;
import okhttp3.mockwebserver.RecordedRequest;
import org.json.JSONArray;
import org.json.JSONObject;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.annotation.Config;

/** The scenario "order completed", with both clouds in a MockWebServer. */
@RunWith(RobolectricTestRunner.class)
@Config(sdk = 34)
public class OrderCompletedTest {
  private static final String SETTINGS =
      "{\"integrations\":{\"Segment.io\":{\"apiKey\":\"k\"},\"Mixpanel\":{\"token\":\"0123\",\"people\":true}},\"plan\":{}}";

  private final MockWebServer server = new MockWebServer();

  @Before
  public void setUp() throws IOException {
    Application app = RuntimeEnvironment.getApplication();
    shadowOf(app).grantPermissions("android.permission.INTERNET");
    PackageInfo info = shadowOf(app.getPackageManager()).getInternalMutablePackageInfo(app.getPackageName());
    info.requestedPermissions = new String[] {"android.permission.INTERNET"};
    info.requestedPermissionsFlags = new int[] {PackageInfo.REQUESTED_PERMISSION_GRANTED};
    server.setDispatcher(
        new Dispatcher() {
          @Override
          public MockResponse dispatch(RecordedRequest request) {
            String path = String.valueOf(request.getPath());
            String body = path.endsWith("/settings") ? SETTINGS : path.startsWith("/v1/") ? "{}" : "1";
            return new MockResponse().setBody(body);
          }
        });
    server.start();
  }

  @After
  public void tearDown() throws IOException {
    server.shutdown();
  }

  @Test
  public void orderCompleted() throws Exception {
    Application app = RuntimeEnvironment.getApplication();
    Analytics analytics =
        new Analytics.Builder(app, "k").use(MixpanelIntegration.FACTORY).connectionFactory(here()).build();
    CountDownLatch ready = new CountDownLatch(1);
    analytics.onIntegrationReady(
        "Mixpanel",
        (com.mixpanel.android.mpmetrics.MixpanelAPI mixpanel) -> {
          mixpanel.setServerURL(server.url("").toString().replaceAll("/$", ""));
          ready.countDown();
        });
    while (!ready.await(5, TimeUnit.MILLISECONDS)) {
      shadowOf(Looper.getMainLooper()).idle();
    }
    analytics.identify("u1");
    analytics.track("Order Completed", new Properties().putOrderId("o-1001").putRevenue(25).putCurrency("USD"));
    shadowOf(Looper.getMainLooper()).idle();
    analytics.flush();
    JSONObject event = told("Order Completed");
    assertEquals("u1", event.getJSONObject("properties").getString("distinct_id"));
    assertEquals("o-1001", event.getJSONObject("properties").getString("orderId"));
    analytics.shutdown();
  }

  /** The event of that name, once Mixpanel was told of it. */
  private JSONObject told(String name) throws Exception {
    while (true) {
      shadowOf(Looper.getMainLooper()).idle();
      RecordedRequest request = server.takeRequest(5, TimeUnit.MILLISECONDS);
      if (request == null || !String.valueOf(request.getPath()).startsWith("/track")) {
        continue;
      }
      String form = request.getBody().readUtf8();
      String data = URLDecoder.decode(form.replaceAll(".*data=([^&]*).*", "$1"), StandardCharsets.UTF_8);
      JSONArray events = new JSONArray(new String(Base64.getMimeDecoder().decode(data), StandardCharsets.UTF_8));
      for (int i = 0; i < events.length(); i++) {
        if (events.getJSONObject(i).getString("event").equals(name)) {
          return events.getJSONObject(i);
        }
      }
    }
  }

  private ConnectionFactory here() {
    return new ConnectionFactory() {
      @Override
      protected HttpURLConnection openConnection(String url) throws IOException {
        URI uri = URI.create(url);
        return (HttpURLConnection) server.url(uri.getPath()).url().openConnection();
      }
    };
  }
}
