package dev.testbed.app;

import android.app.Application;
import android.content.Context;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;

/** Finds what a target's `factory` names: a class, a Kotlin object, or a static field of a class. */
final class Plugins {
  /** There is no such thing, or it cannot be made. */
  static final class Missing extends Exception {
    final Health health;

    Missing(String problem, String detail) {
      super(detail);
      health = Health.absent(problem, detail);
    }
  }

  private Plugins() {}

  static Object find(String name, Application application) throws Missing {
    try {
      var type = load(name);
      if (type != null) return made(type, application);
      int dot = name.lastIndexOf('.');
      var owner = dot < 0 ? null : load(name.substring(0, dot));
      if (owner == null) throw new Missing("no-global", "no class of the app is named " + name);
      return value(owner, name.substring(dot + 1));
    } catch (InvocationTargetException | LinkageError e) {
      var cause = e.getCause() == null ? e : e.getCause();
      throw new Missing("threw", name + ": " + cause);
    } catch (ReflectiveOperationException | RuntimeException e) {
      throw new Missing("no-global", name + ": " + e);
    }
  }

  private static Class<?> load(String name) {
    try {
      return Class.forName(name, true, Plugins.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      return null;
    }
  }

  private static Object value(Class<?> owner, String name) throws Missing, IllegalAccessException {
    for (Class<?> type = owner; type != null; type = type.getSuperclass()) {
      for (var field : type.getDeclaredFields()) {
        if (field.getName().equals(name) && Modifier.isStatic(field.getModifiers())) return read(field);
      }
    }
    throw new Missing("no-global", owner.getName() + " has no static field " + name);
  }

  private static Object read(Field field) throws Missing, IllegalAccessException {
    field.setAccessible(true);
    var value = field.get(null);
    if (value == null) throw new Missing("no-global", field + " is null");
    return value;
  }

  private static Object made(Class<?> type, Application application) throws Missing, ReflectiveOperationException {
    for (var field : type.getDeclaredFields()) {
      // A Kotlin object is its own only instance.
      if (field.getName().equals("INSTANCE") && field.getType() == type) return read(field);
    }
    if (type.isInterface() || Modifier.isAbstract(type.getModifiers())) {
      var field = type.getName() + ".FACTORY";
      throw new Missing("no-global", type.getName() + " is abstract: name a static field of it, as " + field);
    }
    for (var parameters : new Class<?>[][] {{}, {Application.class}, {Context.class}}) {
      var constructor = constructor(type, parameters);
      if (constructor == null) continue;
      return parameters.length == 0 ? constructor.newInstance() : constructor.newInstance(application);
    }
    throw new Missing("no-global", type.getName() + " has no constructor of none, an Application or a Context");
  }

  private static Constructor<?> constructor(Class<?> type, Class<?>... parameters) {
    try {
      var constructor = type.getDeclaredConstructor(parameters);
      constructor.setAccessible(true);
      return constructor;
    } catch (NoSuchMethodException e) {
      return null;
    }
  }
}
