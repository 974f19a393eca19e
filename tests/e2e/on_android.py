"""Examples with faults in their sources for Android, compiled without Maven, on a phone that stays up."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Sequence
from functools import cache
from io import BytesIO
from pathlib import Path

from testbed.runtimes.jvm import Jars
from tests.e2e.conftest import Bench, Patch
from tests.web_alone import EXAMPLES

API = 34
JAR = "android/build/acme.jar"
BUILT = EXAMPLES / "acme" / "android" / "build" / "classes"
"""What acme's pom.xml compiles its sources to, beside the SDK's classes."""
MARKS = ("InstrumentedInterface", "ShadowedObject")
"""Robolectric's, on the framework's classes."""


class AndroidBench(Bench):
    """Runs acme on a phone."""

    def copy(self, example: str, into: Path) -> Path:
        folder = EXAMPLES / example
        shutil.copytree(folder, into, ignore=shutil.ignore_patterns("build"), dirs_exist_ok=True)
        (into / JAR).parent.mkdir(exist_ok=True)
        shutil.copy(folder / JAR, into / JAR)
        return into

    def build(self, copy: Path, patches: Sequence[Patch]) -> None:
        changed = sorted({patch.file for patch in patches if patch.file.endswith(".java")})
        if changed:
            sources = tuple((Path(name).name, (copy / name).read_text()) for name in changed)
            (copy / JAR).write_bytes(_with((copy / JAR).read_bytes(), sources))


@cache
def _with(jar: bytes, sources: tuple[tuple[str, str], ...]) -> bytes:
    """The jar with what the sources, by name, compile to in place of its own: the same bytes for the same sources."""
    marks = [
        (f"{name}.java", f"package org.robolectric.internal.bytecode; public interface {name} {{}}") for name in MARKS
    ]
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (*sources, *marks):
            Path(folder, name).write_text(text)
        names = [name for name, _ in (*sources, *marks)]
        class_path = os.pathsep.join(map(str, (BUILT, Jars.found().framework(API))))
        options = ["-J-Xmx256m", "--release", "11", "-proc:none", "-nowarn", "-d", "classes", "-cp", class_path]
        done = subprocess.run(["javac", *options, *names], cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        classes = Path(folder, "classes")
        new = {
            path.relative_to(classes).as_posix(): path.read_bytes() for path in sorted(classes.glob("com/**/*.class"))
        }
    with zipfile.ZipFile(BytesIO(jar)) as old:
        kept = {name: old.read(name) for name in old.namelist() if not name.endswith("/")}
    with zipfile.ZipFile(out := BytesIO(), "w") as made:
        for name, content in {**kept, **new}.items():
            made.writestr(zipfile.ZipInfo(name), content)
    return out.getvalue()
