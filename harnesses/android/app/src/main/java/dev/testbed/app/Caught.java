package dev.testbed.app;

/** Is told of what the SDK itself caught, and went on. */
interface Caught {
  void tell(Throwable thrown);

  /** Of the plugin, where the SDK tells no more than this. */
  void tell(String message);
}
