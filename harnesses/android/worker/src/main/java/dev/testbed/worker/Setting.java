package dev.testbed.worker;

import java.util.Map;

/** What an app finds around it: Surroundings of testbed/virtual/apps.py. */
public record Setting(
    int api,
    Map<String, String> properties,
    String locale,
    String timeZone,
    int width,
    int height,
    int density,
    String proxy,
    boolean online) {}
