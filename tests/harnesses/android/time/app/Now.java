package app;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.BiConsumer;

/** By how much its clock is ahead of the machine's, as a fresh file has it. */
public final class Now {
  public static void run(String ignored, BiConsumer<String, Long> fired) throws java.io.IOException {
    var file = Files.createTempFile("now", "");
    long real = Files.getLastModifiedTime(file).toMillis();
    Files.delete(file);
    fired.accept("ahead", System.currentTimeMillis() - real);
  }
}
