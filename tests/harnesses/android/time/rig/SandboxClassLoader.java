package rig;

import java.net.URL;
import java.net.URLClassLoader;

/** The agent knows a sandbox by this name. */
final class SandboxClassLoader extends URLClassLoader {
  SandboxClassLoader(URL... classes) {
    super(classes, SandboxClassLoader.class.getClassLoader());
  }
}
