"""The phone's log: what logd keeps, and how logcat shows it."""

from testbed.virtual.android.log.book import BUFFERS, Buffer, Entry, LogBook

__all__ = ["BUFFERS", "Buffer", "Entry", "LogBook"]
