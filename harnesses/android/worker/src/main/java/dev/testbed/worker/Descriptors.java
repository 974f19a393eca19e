package dev.testbed.worker;

import java.io.File;
import java.io.FileDescriptor;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;

/** This process's open files. */
final class Descriptors {

  private static final File ALL = new File("/dev/fd");
  private static final int BOTH_WAYS = 2; // SHUT_RDWR

  /**
   * Shut every socket down, as the kernel does when a process ends: what was sent is delivered first. They are closed when
   * whoever left them open is collected; nothing of the worker's own is a socket.
   */
  static void shutSockets() throws ReflectiveOperationException {
    Method shutdown = Class.forName("sun.nio.ch.Net").getDeclaredMethod("shutdown", FileDescriptor.class, int.class);
    shutdown.setAccessible(true);
    Field number = FileDescriptor.class.getDeclaredField("fd");
    number.setAccessible(true);
    String[] names = ALL.list();
    for (String name : names == null ? new String[0] : names) {
      FileDescriptor descriptor = new FileDescriptor();
      number.setInt(descriptor, Integer.parseInt(name));
      try {
        shutdown.invoke(null, descriptor, BOTH_WAYS);
      } catch (InvocationTargetException noSocket) {
        continue; // ENOTSOCK, ENOTCONN
      }
    }
  }

  private Descriptors() {}
}
