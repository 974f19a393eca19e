package dev.testbed.worker;

import java.io.EOFException;

/**
 * The worker: runs one app after the other, as testbed asks over a pair of pipes, and ends with them. Arguments: the API
 * level, and whether it is in a jail.
 */
public final class Main {

  static final int UNUSABLE = 70; // EX_SOFTWARE of sysexits.h

  public static void main(String[] arguments) {
    int code = UNUSABLE;
    try {
      Pipe pipe = Pipe.inherited();
      Stage stage = new Stage(Integer.parseInt(arguments[0]), Boolean.parseBoolean(arguments[1]), pipe);
      new Orders(stage, pipe).serve();
    } catch (EOFException gone) {
      code = 0;
    } catch (Throwable fault) {
      fault.printStackTrace();
    }
    Runtime.getRuntime().halt(code); // an app's shutdown hooks have no say
  }

  private Main() {}
}
