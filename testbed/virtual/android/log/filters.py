"""Which entries logcat shows: TAG:PRIORITY filters (AOSP: liblog's android_log_addFilterString)."""

from __future__ import annotations

from collections.abc import Sequence

from testbed.virtual.android.log.book import Entry

LEVELS = {"V": 2, "D": 3, "I": 4, "W": 5, "E": 6, "F": 7, "S": 8}


class Filters:
    """`tags` and the level of the rest ("*")."""

    def __init__(self) -> None:
        self.tags: dict[str, int] = {}
        self.rest = LEVELS["V"]

    def add(self, rules: Sequence[str]) -> str:
        """Take rules such as `MyTag:D *:S`; gives the first that is none, or ""."""
        for rule in rules:
            tag, colon, letter = rule.rpartition(":")
            if not colon:
                tag, letter = rule, "V"
            level = LEVELS.get(letter.upper(), LEVELS["V"] if letter == "*" else 0)
            if not level or not tag:
                return rule
            if tag == "*":
                self.rest = level
            else:
                self.tags[tag] = level
        return ""

    def silence(self) -> None:
        """`-s`: nothing but what rules name."""
        self.rest = LEVELS["S"]

    def shows(self, entry: Entry) -> bool:
        return LEVELS[entry.priority] >= self.tags.get(entry.tag, self.rest)
