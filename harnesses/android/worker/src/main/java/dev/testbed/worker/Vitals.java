package dev.testbed.worker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** How this process does. */
final class Vitals {

  private static final Path STATUS = Path.of("/proc/self/status");

  /** Resident memory; 0 where there is no /proc. */
  static int residentMb() throws IOException {
    if (!Files.exists(STATUS)) {
      return 0;
    }
    return Files.readAllLines(STATUS).stream()
        .filter(each -> each.startsWith("VmRSS"))
        .mapToInt(each -> Integer.parseInt(each.replaceAll("\\D", "")) / 1024)
        .sum();
  }

  /** End the processes that were started from here; whether there were any. In a jail those who hid count as well. */
  static boolean endChildren(boolean jailed) {
    ProcessHandle own = ProcessHandle.current();
    List<ProcessHandle> others =
        jailed
            ? ProcessHandle.allProcesses().filter(each -> !isAbove(each, own)).toList()
            : own.descendants().toList();
    others.forEach(ProcessHandle::destroyForcibly);
    return !others.isEmpty();
  }

  private static boolean isAbove(ProcessHandle other, ProcessHandle process) {
    for (Optional<ProcessHandle> above = Optional.of(process); above.isPresent(); above = above.get().parent()) {
      if (above.get().equals(other)) {
        return true;
      }
    }
    return false;
  }

  private Vitals() {}
}
