package dev.testbed.agent;

import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/** LockSupport's methods tell the bridge whom they wake, and when somebody has woken. */
final class Parking extends MethodVisitor {
  private static final String HANDOVERS = "dev/testbed/bridge/Handovers";

  private final String name;
  private final Runnable changed;

  Parking(String name, MethodVisitor method, Runnable changed) {
    super(Opcodes.ASM9, method);
    this.name = name;
    this.changed = changed;
  }

  @Override
  public void visitCode() {
    super.visitCode();
    if (!name.equals("unpark")) return;
    visitVarInsn(Opcodes.ALOAD, 0);
    visitMethodInsn(Opcodes.INVOKESTATIC, HANDOVERS, "unparking", "(Ljava/lang/Thread;)V", false);
    changed.run();
  }

  @Override
  public void visitInsn(int opcode) {
    if (name.startsWith("park") && opcode == Opcodes.RETURN) {
      visitMethodInsn(Opcodes.INVOKESTATIC, HANDOVERS, "parked", "()V", false);
      changed.run();
    }
    super.visitInsn(opcode);
  }
}
