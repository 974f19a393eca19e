package acme.testapp;

import android.app.Application;
import android.util.Log;

/** Does on request what real apps and plugins do, good and bad: see Deeds. */
public final class TestApplication extends Application {

  static final StringBuilder STORY = new StringBuilder();

  static void tell(String what) {
    STORY.append(what).append(' ');
    Log.i("story", what);
  }

  @Override
  public void onCreate() {
    super.onCreate();
    tell("application");
    new Thread(new Door(this), "door").start();
  }
}
