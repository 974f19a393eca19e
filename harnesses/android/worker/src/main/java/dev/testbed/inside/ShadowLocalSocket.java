package dev.testbed.inside;

import android.net.LocalSocketAddress;
import dev.testbed.worker.Abstract;
import dev.testbed.worker.Conduit;
import java.io.FileDescriptor;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketException;
import org.robolectric.annotation.ClassName;
import org.robolectric.annotation.Implementation;
import org.robolectric.annotation.Implements;
import org.robolectric.shadow.api.Shadow;

/** What android.net.LocalSocket and LocalServerSocket stand on, in the abstract namespace alone. */
@Implements(className = "android.net.LocalSocketImpl", isInAndroidSdk = false)
public class ShadowLocalSocket {

  private String name = "";
  private Abstract.Listener listener;
  private Conduit conduit;

  @Implementation
  protected void create(int type) {}

  @Implementation
  protected void bind(LocalSocketAddress address) throws IOException {
    if (address.getNamespace() != LocalSocketAddress.Namespace.ABSTRACT) {
      throw new IOException("Permission denied");
    }
    name = address.getName();
    listener = Abstract.bind(name);
  }

  @Implementation
  protected void listen(int backlog) {}

  @Implementation
  protected void accept(@ClassName("android.net.LocalSocketImpl") Object into) throws IOException {
    Shadow.<ShadowLocalSocket>extract(into).conduit = listener.accept();
  }

  @Implementation
  protected void connect(LocalSocketAddress address, int timeout) throws IOException {
    conduit = Abstract.connect(address.getName());
  }

  @Implementation
  protected InputStream getInputStream() throws IOException {
    return connected().in();
  }

  @Implementation
  protected OutputStream getOutputStream() throws IOException {
    return connected().out();
  }

  @Implementation
  protected int available() throws IOException {
    return connected().in().available();
  }

  @Implementation
  protected void shutdownInput() throws IOException {
    connected().in().close();
  }

  @Implementation
  protected void shutdownOutput() throws IOException {
    connected().shutdownOutput();
  }

  @Implementation
  protected void close() {
    if (listener != null) {
      listener.close();
    }
    if (conduit != null) {
      conduit.close();
    }
  }

  @Implementation
  protected FileDescriptor getFileDescriptor() {
    return new FileDescriptor();
  }

  @Implementation
  protected void setOption(int option, Object value) {}

  @Implementation
  protected Object getOption(int option) {
    return 0;
  }

  @Implementation
  protected LocalSocketAddress getSockAddress() {
    return name.isEmpty() ? null : new LocalSocketAddress(name);
  }

  private Conduit connected() throws SocketException {
    if (conduit == null) {
      throw new SocketException("socket not created");
    }
    return conduit;
  }
}
