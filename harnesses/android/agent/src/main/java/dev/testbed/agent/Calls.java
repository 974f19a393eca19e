package dev.testbed.agent;

import java.util.Map;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/** The call sites of one method: those of time and exit go to the bridge instead. */
final class Calls extends MethodVisitor {
  private static final String TIME = "dev/testbed/bridge/Time";
  private static final String EXITS = "dev/testbed/bridge/Exits";

  /** Static calls, which keep their arguments: `owner.name` to the bridge's `owner.name`. */
  private static final Map<String, String> STATIC = Map.ofEntries(
      Map.entry("java/lang/System.nanoTime", TIME + ".nanoTime"),
      Map.entry("java/lang/System.currentTimeMillis", TIME + ".currentTimeMillis"),
      Map.entry("java/lang/Thread.sleep", TIME + ".sleep"),
      Map.entry("java/util/concurrent/locks/LockSupport.parkNanos", TIME + ".parkNanos"),
      Map.entry("java/util/concurrent/locks/LockSupport.parkUntil", TIME + ".parkUntil"),
      Map.entry("java/lang/System.exit", EXITS + ".exit"),
      Map.entry("android/os/Process.killProcess", EXITS + ".kill"));

  /** Calls on an object, which becomes the first argument. */
  private static final Map<String, String> VIRTUAL = Map.of(
      "wait(J)V", TIME + ".wait",
      "wait(JI)V", TIME + ".wait",
      "java/lang/Runtime.exit(I)V", EXITS + ".exit",
      "java/lang/Runtime.halt(I)V", EXITS + ".halt");

  private final Runnable changed;

  Calls(MethodVisitor method, Runnable changed) {
    super(Opcodes.ASM9, method);
    this.changed = changed;
  }

  @Override
  public void visitMethodInsn(int opcode, String owner, String name, String descriptor, boolean ofInterface) {
    if (owner.equals("jdk/internal/misc/VM") && name.equals("getNanoTimeAdjustment")) {
      // java.time.Clock asks for nanoseconds since a second of its choice.
      super.visitInsn(Opcodes.DUP2);
      super.visitMethodInsn(opcode, owner, name, descriptor, ofInterface);
      call(TIME + ".nanoTimeAdjustment", "(JJ)J");
      return;
    }
    var ofClass = opcode == Opcodes.INVOKESTATIC ? STATIC.get(owner + "." + name) : null;
    var ofAny = opcode == Opcodes.INVOKEVIRTUAL ? VIRTUAL.get(name + descriptor) : null;
    var ofOne = opcode == Opcodes.INVOKEVIRTUAL ? VIRTUAL.get(owner + "." + name + descriptor) : null;
    if (ofClass != null) call(ofClass, descriptor);
    else if (ofAny != null) call(ofAny, "(Ljava/lang/Object;" + descriptor.substring(1));
    else if (ofOne != null) call(ofOne, "(L" + owner + ";" + descriptor.substring(1));
    else super.visitMethodInsn(opcode, owner, name, descriptor, ofInterface);
  }

  private void call(String target, String descriptor) {
    int dot = target.indexOf('.');
    super.visitMethodInsn(Opcodes.INVOKESTATIC, target.substring(0, dot), target.substring(dot + 1), descriptor, false);
    changed.run();
  }
}
