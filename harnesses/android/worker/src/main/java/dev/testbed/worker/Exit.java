package dev.testbed.worker;

/** Exit of testbed/virtual/apps.py. */
record Exit(String by, int code, String stack) {}
