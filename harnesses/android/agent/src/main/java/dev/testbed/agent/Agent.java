package dev.testbed.agent;

import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
import java.util.Arrays;

/** The javaagent: has apps, and what they use of the JDK, ask dev.testbed.bridge for the time and for their end. */
public final class Agent {
  private Agent() {}

  public static void premain(String arguments, Instrumentation instrumentation) throws Exception {
    Scope.load();
    instrumentation.addTransformer(new Rewriter(), true);
    rewriteLoaded(instrumentation);
  }

  /** The JDK's classes are there before any agent. */
  private static void rewriteLoaded(Instrumentation instrumentation) throws UnmodifiableClassException {
    var loaded = Arrays.stream(instrumentation.getAllLoadedClasses())
        .filter(type -> type.getClassLoader() == null)
        .filter(type -> Scope.ofJdk(type.getName().replace('.', '/')))
        .filter(instrumentation::isModifiableClass)
        .toArray(Class<?>[]::new);
    instrumentation.retransformClasses(loaded);
  }
}
