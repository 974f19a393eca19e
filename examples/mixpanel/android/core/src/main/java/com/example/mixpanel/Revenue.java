package com.example.mixpanel;

/** Mixpanel sums numbers only; customers also send "25.00" and "$25.00". */
final class Revenue {
  private Revenue() {}

  /** The number that a text says; what says none stays what it is. */
  static Object amount(Object revenue) {
    if (!(revenue instanceof String)) {
      return revenue;
    }
    String text = ((String) revenue).trim();
    try {
      return Double.valueOf(text.startsWith("$") ? text.substring(1) : text);
    } catch (NumberFormatException error) {
      return revenue;
    }
  }
}
