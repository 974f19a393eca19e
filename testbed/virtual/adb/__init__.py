"""The daemon that a real adb server talks to (adbd), on a machine that is only described."""
