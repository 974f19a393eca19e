"""Installations in several steps (AOSP: PackageInstallerService): created, written, then committed or abandoned."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from testbed.virtual.android.packages.options import Options

MAX_SESSIONS = 50


class Session:
    """A context manager, which removes its files. Files of this machine, by the name of the split."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.files: dict[str, Path] = {}

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        for file in self.files.values():
            file.unlink(missing_ok=True)


class Sessions:
    def __init__(self) -> None:
        self._open: dict[str, Session] = {}

    def create(self, options: Options) -> str:
        """Its number. The oldest is given up when there are too many."""
        while len(self._open) >= MAX_SESSIONS:
            with self.take(next(iter(self._open))):
                pass
        number = str(secrets.randbelow(2**31 - 2) + 1)
        self._open[number] = Session(options)
        return number

    def has(self, number: str) -> bool:
        return number in self._open

    def add(self, number: str, name: str, file: Path) -> None:
        """Take a file over."""
        kept = file.with_name(f"{number}.{secrets.token_hex(8)}.apk")
        os.replace(file, kept)
        with Session(self._open[number].options) as replaced:
            if name in self._open[number].files:
                replaced.files[name] = self._open[number].files[name]
        self._open[number].files[name] = kept

    def take(self, number: str) -> Session:
        """It is whoever's asks; there is none of the number any more."""
        return self._open.pop(number)
