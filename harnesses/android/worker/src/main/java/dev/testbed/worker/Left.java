package dev.testbed.worker;

/**
 * What an app left behind. `clean`: its framework may have another. `held`: so many ended apps' classes are still
 * there. `spent`: why this JVM should run no other; empty while it may.
 */
record Left(boolean clean, int held, String spent) {}
