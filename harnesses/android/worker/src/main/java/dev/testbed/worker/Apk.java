package dev.testbed.worker;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** The code in an APK that a JVM can run: assets/testbed/classpath/NN-name.jar, in class path order. */
final class Apk {

  private static final String CLASS_PATH = "assets/testbed/classpath/";

  /** Unpack the jars into a folder. */
  static List<URL> unpack(Path apk, Path into) throws IOException {
    List<URL> jars = new ArrayList<>();
    try (ZipFile zip = new ZipFile(apk.toFile())) {
      List<? extends ZipEntry> entries =
          zip.stream()
              .filter(each -> each.getName().startsWith(CLASS_PATH) && each.getName().endsWith(".jar"))
              .sorted(java.util.Comparator.comparing(ZipEntry::getName))
              .toList();
      for (ZipEntry entry : entries) {
        Path jar = into.resolve(Path.of(entry.getName()).getFileName());
        try (InputStream content = zip.getInputStream(entry)) {
          Files.copy(content, jar);
        }
        jars.add(jar.toUri().toURL());
      }
    }
    return jars;
  }

  private Apk() {}
}
