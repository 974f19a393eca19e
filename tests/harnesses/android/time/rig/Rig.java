package rig;

import dev.testbed.bridge.Domain;
import dev.testbed.bridge.VirtualDevice;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * Domains without a device in them, as Python asks by lines: `DOMAIN VERB ARGUMENT`. Says `fired DOMAIN KIND MS`,
 * `exit HOW CODE` and, at the end of each, `done ...`.
 */
public final class Rig {
  private final Map<String, ThreadGroup> groups = new HashMap<>();
  private final ClassLoader sandbox;

  private Rig(Path classes) throws Exception {
    sandbox = new SandboxClassLoader(classes.toUri().toURL());
  }

  public static void main(String[] arguments) throws Exception {
    VirtualDevice.onExit(exit -> say("exit " + exit.how() + " " + exit.code()));
    var rig = new Rig(Path.of(arguments[0]));
    var lines = new BufferedReader(new InputStreamReader(System.in));
    for (String line; (line = lines.readLine()) != null; ) {
      var words = line.split(" ", 3);
      rig.obey(words[0], words[1], words.length > 2 ? words[2] : "");
    }
    Runtime.getRuntime().halt(0);
  }

  private void obey(String name, String verb, String argument) throws Exception {
    var group = groups.computeIfAbsent(name, ThreadGroup::new);
    var domain = VirtualDevice.domain(group);
    var thread = new Thread(group, () -> say("done " + did(domain, name, verb, argument)), "testbed channel");
    thread.start();
    thread.join();
  }

  private String did(Domain domain, String name, String verb, String argument) {
    try {
      return switch (verb) {
        case "advance" -> advance(Long.parseLong(argument));
        case "pending" -> pending();
        case "reset" -> reset(domain);
        default -> begin(name, verb, argument);
      };
    } catch (Exception e) {
      return e.toString();
    }
  }

  private static String advance(long ms) {
    long before = System.nanoTime();
    VirtualDevice.advance(ms);
    return String.valueOf((System.nanoTime() - before) / 1_000_000);
  }

  private static String reset(Domain domain) {
    domain.reset();
    return "";
  }

  private static String pending() {
    var told = VirtualDevice.pending();
    var unobserved = new StringBuilder();
    for (var line : (List<?>) told.get("unobserved")) unobserved.append(String.join(", ", (String[]) line)).append("; ");
    return told.get("next_ms") + " " + told.get("busy") + " " + unobserved;
  }

  /** `verb`: a class of the app (of the host, where it begins with "real:"), whose run(String, BiConsumer) it is. */
  private String begin(String name, String verb, String argument) throws Exception {
    boolean real = verb.startsWith("real:");
    var type = real ? Class.forName(verb.substring(5)) : Class.forName(verb, true, sandbox);
    BiConsumer<String, Long> fired = (kind, ms) -> say("fired " + name + " " + kind + " " + ms);
    type.getMethod("run", String.class, BiConsumer.class).invoke(null, argument, fired);
    return "";
  }

  private static synchronized void say(String line) {
    System.out.println(line);
    System.out.flush();
  }
}
