"""The test app: built from harnesses/android/worker/src/test into what a worker takes for an APK."""

from __future__ import annotations

import os
import shutil
import subprocess
import zipfile
from pathlib import Path

from testbed.runtimes.jvm import Jars

SOURCES = Path(__file__).parents[3] / "harnesses" / "android" / "worker" / "src" / "test"
PACKAGE = "acme.testapp"
MAIN = f"{PACKAGE}/{PACKAGE}.MainActivity"


def build(into: Path, jars: Jars, ca: Path) -> Path:
    """Gives the APK: manifest and resources by aapt, the code as the one jar that a JVM runs."""
    into.mkdir(parents=True)
    framework = jars.framework(34)
    classes, resources, apk = into / "classes", into / "res", into / "app.apk"
    sources = [str(path) for path in sorted((SOURCES / "java").rglob("*.java"))]
    compile(into / "marks", _marks(into), framework)
    compile(classes, sources, into / "marks", framework)
    shutil.copytree(SOURCES / "app" / "res", resources)
    (resources / "raw").mkdir(exist_ok=True)
    shutil.copy(ca, resources / "raw" / "testbed_ca")
    manifest = SOURCES / "app" / "AndroidManifest.xml"
    run("aapt", "package", "-f", "-M", str(manifest), "-S", str(resources), "-I", str(framework), "-F", str(apk))
    jar = into / "app.jar"
    with zipfile.ZipFile(jar, "w") as zip:
        for path in sorted(classes.rglob("*.class")):
            zip.write(path, path.relative_to(classes))
    with zipfile.ZipFile(apk, "a") as zip:
        zip.write(jar, "assets/testbed/classpath/00-app.jar")
    return apk


def _marks(into: Path) -> list[str]:
    """Robolectric's marks on the framework's classes, without the methods that javac would miss in subclasses."""
    files = []
    for name in ("InstrumentedInterface", "ShadowedObject"):
        file = into / f"{name}.java"
        file.write_text(f"package org.robolectric.internal.bytecode; public interface {name} {{}}")
        files.append(str(file))
    return files


def compile(into: Path, sources: list[str], *class_path: Path) -> None:
    where = os.pathsep.join(map(str, class_path))
    run("javac", "--release", "17", "-proc:none", "-nowarn", "-d", str(into), "-cp", where, *sources)


def run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ})
    assert done.returncode == 0, done.stdout + done.stderr
