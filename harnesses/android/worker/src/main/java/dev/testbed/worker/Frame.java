package dev.testbed.worker;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/**
 * What goes over the pipes between testbed and the worker: length of the payload (u32), kind (u8), stream (u32), all
 * big-endian, then the payload. testbed/runtimes/jvm/frames.py is the other end.
 */
record Frame(Kind kind, int stream, byte[] payload) {

  /** CONTROL: JSON. DATA: bytes of a stream. END: its sender has no more. ROOM (u32): so much more may be sent. */
  enum Kind {
    CONTROL,
    DATA,
    END,
    ROOM
  }

  static final int MOST = 16 << 20;

  static Frame read(DataInputStream in) throws IOException {
    int length = in.readInt();
    int kind = in.readUnsignedByte();
    if (length < 0 || length > MOST || kind >= Kind.values().length) {
      throw new IOException("no frame: length %d, kind %d".formatted(length, kind));
    }
    int stream = in.readInt();
    return new Frame(Kind.values()[kind], stream, in.readNBytes(length));
  }

  void write(DataOutputStream out) throws IOException {
    out.writeInt(payload.length);
    out.writeByte(kind.ordinal());
    out.writeInt(stream);
    out.write(payload);
  }
}
