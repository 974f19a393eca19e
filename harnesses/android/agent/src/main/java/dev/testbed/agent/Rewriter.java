package dev.testbed.agent;

import java.lang.instrument.ClassFileTransformer;
import java.security.ProtectionDomain;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/** Rewrites one class at a time, as it is loaded. */
final class Rewriter implements ClassFileTransformer {
  @Override
  public byte[] transform(ClassLoader loader, String name, Class<?> type, ProtectionDomain domain, byte[] bytes) {
    if (name == null || !Scope.holds(loader, name)) return null;
    try {
      return rewritten(name, bytes);
    } catch (Throwable e) {
      // Thrown on, it would be swallowed: the class would go by real time, and nobody would know.
      System.err.println("testbed agent: " + name + " keeps real time: " + e);
      return null;
    }
  }

  private static byte[] rewritten(String name, byte[] bytes) {
    var reader = new ClassReader(bytes);
    var writer = new ClassWriter(reader, ClassWriter.COMPUTE_MAXS);
    var visitor = new Visitor(name, writer);
    reader.accept(visitor, 0);
    return visitor.changed ? writer.toByteArray() : null;
  }

  private static final class Visitor extends ClassVisitor {
    private final String owner;
    boolean changed;

    Visitor(String owner, ClassWriter writer) {
      super(Opcodes.ASM9, writer);
      this.owner = owner;
    }

    @Override
    public MethodVisitor visitMethod(int access, String name, String descriptor, String signature, String[] thrown) {
      var method = super.visitMethod(access, name, descriptor, signature, thrown);
      if ((access & (Opcodes.ACC_ABSTRACT | Opcodes.ACC_NATIVE)) != 0) return method;
      Runnable change = () -> changed = true;
      if (Answers.has(owner)) return Answers.visitor(owner, name, descriptor, method, change);
      if (Sockets.has(owner)) return Sockets.visitor(owner + "." + name + descriptor, method, change);
      if (owner.equals("java/util/concurrent/locks/LockSupport")) return new Parking(name, method, change);
      if (owner.equals("java/lang/Thread") && !name.equals("join")) return method;
      return new Calls(method, change);
    }
  }
}
