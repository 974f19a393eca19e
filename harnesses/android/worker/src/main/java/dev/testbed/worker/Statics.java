package dev.testbed.worker;

import java.lang.reflect.Field;

/** Static fields of the JDK and of Robolectric that have no other way to them. */
final class Statics {

  static Object get(String type, String name) {
    return field(type, name, field -> field.get(null));
  }

  static void set(String type, String name, Object value) {
    field(
        type,
        name,
        field -> {
          field.set(null, value);
          return null;
        });
  }

  private interface Use {
    Object of(Field field) throws ReflectiveOperationException;
  }

  private static Object field(String type, String name, Use use) {
    try {
      Field field = Class.forName(type).getDeclaredField(name);
      field.setAccessible(true);
      return use.of(field);
    } catch (ReflectiveOperationException otherVersion) {
      throw new IllegalStateException("%s has no %s".formatted(type, name), otherVersion);
    }
  }

  private Statics() {}
}
