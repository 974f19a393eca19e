package dev.testbed.worker;

import java.lang.ref.Reference;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Method;

/** What an app left in a thread that outlives it. */
final class ThreadLocals {

  /** Remove the variables whose values are of classes below `framework`: the app's. */
  static void clear(Thread thread, ClassLoader framework) throws ReflectiveOperationException {
    Field variables = Thread.class.getDeclaredField("threadLocals");
    variables.setAccessible(true);
    Object map = variables.get(thread);
    if (map == null) {
      return;
    }
    Field entries = map.getClass().getDeclaredField("table");
    entries.setAccessible(true);
    Method remove = map.getClass().getDeclaredMethod("remove", ThreadLocal.class);
    remove.setAccessible(true);
    Object table = entries.get(map);
    for (int i = Array.getLength(table) - 1; i >= 0; i--) {
      Object entry = Array.get(table, i);
      if (entry != null && isBelow(value(entry), framework)) {
        remove.invoke(map, ((Reference<?>) entry).get());
      }
    }
  }

  private static Object value(Object entry) throws ReflectiveOperationException {
    Field value = entry.getClass().getDeclaredField("value");
    value.setAccessible(true);
    return value.get(entry);
  }

  private static boolean isBelow(Object value, ClassLoader framework) {
    ClassLoader loader = value == null ? null : value.getClass().getClassLoader();
    return loader instanceof AppLoader app && app.getParent() == framework;
  }

  private ThreadLocals() {}
}
