package dev.testbed.app;

import android.app.Activity;
import android.content.Intent;
import android.os.Bundle;
import android.widget.TextView;

/** The app's only screen. */
public class MainActivity extends Activity {
  @Override
  protected void onCreate(Bundle state) {
    super.onCreate(state);
    var text = new TextView(this);
    text.setText("testbed");
    setContentView(text);
  }

  @Override
  protected void onNewIntent(Intent intent) {
    super.onNewIntent(intent);
    setIntent(intent);
    var sdk = ((HarnessApplication) getApplication()).harness().sdk();
    if (sdk != null) sdk.opened(intent);
  }
}
