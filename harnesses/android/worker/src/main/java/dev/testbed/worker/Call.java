package dev.testbed.worker;

import java.util.Map;

/** An intent: Launch of testbed/virtual/apps.py. `component` is PACKAGE/CLASS. */
public record Call(String component, String action, String uri, Map<String, String> extras) {}
