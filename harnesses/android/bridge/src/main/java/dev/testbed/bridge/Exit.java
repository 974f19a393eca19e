package dev.testbed.bridge;

/** An app ends itself: `how` is the call (System.exit, Process.killProcess), `stack` that of its caller. */
public record Exit(ThreadGroup group, String how, int code, StackTraceElement[] stack) {}
