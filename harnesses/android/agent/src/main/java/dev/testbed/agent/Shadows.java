package dev.testbed.agent;

import java.util.Map;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * Robolectric's methods that tell time ask the bridge first: for a thread whose time is virtual they give what it says,
 * and for others what they ever gave.
 */
final class Shadows extends MethodVisitor {
  private static final String TIME = "dev/testbed/bridge/Time";
  private static final Map<String, String> INSTEAD = Map.of(
      "nanoTime", "nanoTime",
      "currentTimeMillis", "currentTimeMillis",
      "uptimeMillis", "uptimeMillis",
      "elapsedRealtime", "uptimeMillis",
      "elapsedRealtimeNanos", "nanoTime",
      "sleep", "uninterruptibleSleep");

  private final String instead;

  private Shadows(String instead, MethodVisitor method) {
    super(Opcodes.ASM9, method);
    this.instead = instead;
  }

  static MethodVisitor visitor(String name, MethodVisitor method, Runnable changed) {
    var instead = INSTEAD.get(name);
    if (instead == null) return method;
    changed.run();
    return new Shadows(instead, method);
  }

  @Override
  public void visitCode() {
    super.visitCode();
    var real = new Label();
    visitMethodInsn(Opcodes.INVOKESTATIC, TIME, "virtual", "()Z", false);
    visitJumpInsn(Opcodes.IFEQ, real);
    if (instead.equals("uninterruptibleSleep")) {
      visitVarInsn(Opcodes.LLOAD, 0);
      visitMethodInsn(Opcodes.INVOKESTATIC, TIME, instead, "(J)V", false);
      visitInsn(Opcodes.RETURN);
    } else {
      visitMethodInsn(Opcodes.INVOKESTATIC, TIME, instead, "()J", false);
      visitInsn(Opcodes.LRETURN);
    }
    visitLabel(real);
    visitFrame(Opcodes.F_SAME, 0, null, 0, null);
  }
}
