package dev.testbed.worker;

import java.net.URL;
import java.net.URLClassLoader;
import java.util.List;

/**
 * The classes of one run of an app. They see each other, what a phone's boot class path has, and nothing else: not what
 * the worker itself is made with, nor the parts of a JDK that Android lacks.
 */
public final class AppLoader extends URLClassLoader {

  static {
    registerAsParallelCapable();
  }

  private static final List<String> OF_THE_PHONE =
      List.of(
          "android.", "com.android.", "dalvik.", "libcore.", "java.", "javax.", "org.json.", "org.xml.", "org.w3c.",
          "org.xmlpull.", "org.apache.http.", "sun.misc.", "dev.testbed.bridge.");

  /** https://developer.android.com/reference/packages has none of these. */
  private static final List<String> NOT_ON_ANDROID =
      List.of(
          "java.applet.", "java.awt.", "java.lang.instrument.", "java.lang.management.", "java.net.http.", "java.rmi.",
          "javax.management.", "javax.naming.", "javax.print.", "javax.script.", "javax.swing.", "javax.tools.",
          "com.android.server.");

  /** `framework` is the class loader of a sandbox. */
  AppLoader(List<URL> jars, ClassLoader framework) {
    super(jars.toArray(URL[]::new), framework);
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    synchronized (getClassLoadingLock(name)) {
      Class<?> found = findLoadedClass(name);
      if (found == null && starts(name, OF_THE_PHONE) && !starts(name, NOT_ON_ANDROID)) {
        found = ofThePhone(name);
      }
      if (found == null) {
        found = findClass(name);
      }
      if (resolve) {
        resolveClass(found);
      }
      return found;
    }
  }

  private Class<?> ofThePhone(String name) {
    try {
      return getParent().loadClass(name);
    } catch (ClassNotFoundException absent) {
      return null; // android.support, com.android.volley: the app brings them
    }
  }

  @Override
  public URL getResource(String name) {
    return findResource(name);
  }

  @Override
  public java.util.Enumeration<URL> getResources(String name) throws java.io.IOException {
    return findResources(name);
  }

  private static boolean starts(String name, List<String> prefixes) {
    return prefixes.stream().anyMatch(name::startsWith);
  }
}
