"""Java compiled for a test, into JARs and AARs as a build would make them."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from testbed.apk.zipping import zipped

MANIFEST = (
    '<manifest xmlns:android="http://schemas.android.com/apk/res/android" package="{package}">{inside}</manifest>'
)


def jar(sources: Mapping[str, str], *, beside: Sequence[Path] = (), more: Mapping[str, bytes] = {}) -> bytes:
    """The classes of `sources`, Java text by binary name."""
    return zipped({**classes(sources, beside=beside), **more})


def classes(sources: Mapping[str, str], *, beside: Sequence[Path] = ()) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for binary, text in sources.items():
            file = folder / "src" / f"{binary.replace('.', '/')}.java"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        files = [str(file) for file in (folder / "src").rglob("*.java")]
        path = ":".join(map(str, beside))
        command = ["javac", "-J-Xmx128m", "-nowarn", "--release", "17", "-proc:none", "-d", str(folder / "out")]
        subprocess.run([*command, *(["-cp", path] if path else []), *files], check=True, capture_output=True)
        found = sorted((folder / "out").rglob("*.class"))
        return {file.relative_to(folder / "out").as_posix(): file.read_bytes() for file in found}


def aar(
    package: str, *, classes: bytes | None = None, manifest: str = "", more: Mapping[str, bytes] = {}
) -> bytes:  # fmt: skip
    """An AAR of `package`; `manifest` is what stands inside <manifest>."""
    code = {} if classes is None else {"classes.jar": classes}
    return zipped({"AndroidManifest.xml": MANIFEST.format(package=package, inside=manifest).encode(), **code, **more})
