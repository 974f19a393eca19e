package dev.testbed.agent;

import java.util.Set;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/** Methods of sockets that use the network ask the bridge first whether they may on this thread. */
final class Sockets extends MethodVisitor {
  private static final Set<String> METHODS = Set.of(
      "java/net/Socket.connect(Ljava/net/SocketAddress;I)V",
      "java/net/InetAddress.getAllByName(Ljava/lang/String;Ljava/net/InetAddress;)[Ljava/net/InetAddress;",
      "sun/nio/ch/NioSocketImpl.read([BII)I",
      "sun/nio/ch/NioSocketImpl.write([BII)V");

  private Sockets(MethodVisitor method) {
    super(Opcodes.ASM9, method);
  }

  static boolean has(String owner) {
    return METHODS.stream().anyMatch(method -> method.startsWith(owner + "."));
  }

  static MethodVisitor visitor(String method, MethodVisitor visitor, Runnable changed) {
    if (!METHODS.contains(method)) return visitor;
    changed.run();
    return new Sockets(visitor);
  }

  @Override
  public void visitCode() {
    super.visitCode();
    visitMethodInsn(Opcodes.INVOKESTATIC, "dev/testbed/bridge/Guard", "network", "()V", false);
  }
}
