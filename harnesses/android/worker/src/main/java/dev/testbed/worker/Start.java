package dev.testbed.worker;

/** What to start: paths of the APK and of the folder that is the app's own, as this process sees them. */
public record Start(String packageName, String apk, String data, Call launch, Setting setting) {}
