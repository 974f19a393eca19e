package acme.testapp;

import android.app.Activity;
import android.content.Intent;
import android.os.Bundle;

public final class MainActivity extends Activity {

  @Override
  protected void onCreate(Bundle saved) {
    super.onCreate(saved);
    TestApplication.tell("create:" + getIntent().getDataString());
    if ("throw".equals(getIntent().getStringExtra("onCreate"))) {
      throw new IllegalStateException("thrown by onCreate");
    }
  }

  @Override
  protected void onNewIntent(Intent intent) {
    TestApplication.tell("new:" + intent.getDataString());
  }

  @Override
  protected void onStart() {
    super.onStart();
    TestApplication.tell("start");
  }

  @Override
  protected void onResume() {
    super.onResume();
    TestApplication.tell("resume");
  }

  @Override
  protected void onPause() {
    super.onPause();
    TestApplication.tell("pause");
  }

  @Override
  protected void onStop() {
    super.onStop();
    TestApplication.tell("stop");
  }

  @Override
  protected void onRestart() {
    super.onRestart();
    TestApplication.tell("restart");
  }

  @Override
  protected void onDestroy() {
    super.onDestroy();
    TestApplication.tell("destroy");
  }
}
