package dev.testbed.agent;

import java.util.List;
import java.util.Map;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * Static methods that the bridge answers in the place of, for a thread whose time is virtual; for others they do what
 * they ever did. Robolectric's tell the framework the time; the JDK's one has a thread that all domains would share.
 */
final class Answers extends MethodVisitor {
  private static final String TIME = "dev/testbed/bridge/Time";
  private static final Map<String, String> SYSTEM =
      Map.of("nanoTime", "nanoTime", "currentTimeMillis", "currentTimeMillis");
  private static final Map<String, String> SYSTEM_CLOCK = Map.of(
      "uptimeMillis", "uptimeMillis",
      "elapsedRealtime", "uptimeMillis",
      "elapsedRealtimeNanos", "nanoTime",
      "sleep", "uninterruptibleSleep");

  /** By class, then method: the method of the bridge that has the same arguments. */
  private static final Map<String, Map<String, String>> INSTEAD = Map.of(
      "org/robolectric/shadows/ShadowSystem", SYSTEM,
      "org/robolectric/shadows/ShadowPausedSystemClock", SYSTEM_CLOCK,
      "java/util/concurrent/CompletableFuture$Delayer", Map.of("delay", "delay"));

  private final String owner;
  private final String instead;
  private final String descriptor;

  private Answers(String owner, String instead, String descriptor, MethodVisitor method) {
    super(Opcodes.ASM9, method);
    this.owner = owner;
    this.instead = instead;
    this.descriptor = descriptor;
  }

  static boolean has(String owner) {
    return INSTEAD.containsKey(owner);
  }

  static MethodVisitor visitor(String owner, String name, String descriptor, MethodVisitor method, Runnable changed) {
    var instead = INSTEAD.get(owner).get(name);
    if (instead == null) return method;
    changed.run();
    var bridge = name.equals("delay") ? "dev/testbed/bridge/Delays" : TIME;
    return new Answers(bridge, instead, descriptor, method);
  }

  @Override
  public void visitCode() {
    super.visitCode();
    var real = new Label();
    visitMethodInsn(Opcodes.INVOKESTATIC, TIME, "virtual", "()Z", false);
    visitJumpInsn(Opcodes.IFEQ, real);
    int slot = 0;
    for (var type : List.of(Type.getArgumentTypes(descriptor))) {
      visitVarInsn(type.getOpcode(Opcodes.ILOAD), slot);
      slot += type.getSize();
    }
    visitMethodInsn(Opcodes.INVOKESTATIC, owner, instead, descriptor, false);
    visitInsn(Type.getReturnType(descriptor).getOpcode(Opcodes.IRETURN));
    visitLabel(real);
    visitFrame(Opcodes.F_SAME, 0, null, 0, null);
  }
}
