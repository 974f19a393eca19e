package dev.testbed.agent;

import java.util.Set;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/** Methods of sockets that use the network ask the bridge first whether they may on this thread. */
final class Sockets extends MethodVisitor {
  private static final String BRIDGE = "dev/testbed/bridge/";
  private static final String CONNECT = "java/net/Socket.connect(Ljava/net/SocketAddress;I)V";
  private static final Set<String> METHODS = Set.of(
      CONNECT,
      "java/net/InetAddress.getAllByName(Ljava/lang/String;Ljava/net/InetAddress;)[Ljava/net/InetAddress;",
      "sun/nio/ch/NioSocketImpl.read([BII)I",
      "sun/nio/ch/NioSocketImpl.write([BII)V");

  private final String method;

  private Sockets(String method, MethodVisitor visitor) {
    super(Opcodes.ASM9, visitor);
    this.method = method;
  }

  static boolean has(String owner) {
    return METHODS.stream().anyMatch(method -> method.startsWith(owner + "."));
  }

  static MethodVisitor visitor(String method, MethodVisitor visitor, Runnable changed) {
    if (!METHODS.contains(method)) return visitor;
    changed.run();
    return new Sockets(method, visitor);
  }

  @Override
  public void visitCode() {
    super.visitCode();
    if (method.equals(CONNECT)) {
      visitVarInsn(Opcodes.ALOAD, 0);
      visitMethodInsn(Opcodes.INVOKESTATIC, BRIDGE + "Connections", "connecting", "(Ljava/net/Socket;)V", false);
    } else {
      visitMethodInsn(Opcodes.INVOKESTATIC, BRIDGE + "Guard", "network", "()V", false);
    }
  }
}
