"""Pretend hardware behind the real clients: what speaks adb and usbmux as a phone does. Knows nothing of Segment."""
