package dev.testbed.inside;

import android.app.Activity;
import android.app.Application;
import android.content.ComponentName;
import android.content.Intent;
import android.net.Uri;
import dev.testbed.worker.Call;
import java.lang.reflect.Constructor;
import org.robolectric.android.controller.ActivityController;

/** The app's one task: its activity, and whether that is to be seen. */
final class Screen {

  private final Application application;
  private final ClassLoader code;
  private ActivityController<Activity> top;
  private boolean shown;

  Screen(Application application, ClassLoader code) {
    this.application = application;
    this.code = code;
  }

  /** Bring it to the front: a new activity, or the one that is there with a new intent. */
  void show(Call call) throws ReflectiveOperationException {
    Intent intent = intent(call);
    String type = intent.getComponent().getClassName();
    if (top == null || !top.get().getClass().getName().equals(type) || top.get().isFinishing()) {
      hide();
      Constructor<?> constructor = code.loadClass(type).getDeclaredConstructor();
      constructor.setAccessible(true);
      top = ActivityController.of((Activity) constructor.newInstance(), intent);
      top.setup();
      shown = true;
      return;
    }
    // onNewIntent comes while it is paused (Activity.onNewIntent): a visible one is paused for it.
    if (shown) {
      top.pause();
    } else {
      top.restart();
    }
    top.newIntent(intent).resume();
    shown = true;
  }

  void hide() {
    if (top != null && shown) {
      shown = false;
      top.userLeaving().pause().stop();
    }
  }

  String[] top() {
    if (top == null) {
      return new String[0];
    }
    return new String[] {top.get().getClass().getName(), shown ? "resumed" : "stopped"};
  }

  private Intent intent(Call call) {
    Intent intent = new Intent(call.action());
    String[] component = call.component().split("/", 2);
    String type = component[1].startsWith(".") ? component[0] + component[1] : component[1];
    intent.setComponent(new ComponentName(component[0], type));
    if (!call.uri().isEmpty()) {
      intent.setData(Uri.parse(call.uri()));
    }
    if (Intent.ACTION_MAIN.equals(call.action())) {
      intent.addCategory(Intent.CATEGORY_LAUNCHER);
    }
    call.extras().forEach(intent::putExtra);
    return intent.addFlags(Intent.FLAG_ACTIVITY_NEW_TASK);
  }
}
