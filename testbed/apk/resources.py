"""Resources of the app and its AARs, compiled and linked by aapt2, and the R classes that AARs' code reads them by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import msgspec

from testbed.apk.library import Jar, Library
from testbed.apk.manifest import PACKAGE, Merged
from testbed.apk.running import Refused, Runner
from testbed.apk.tools import FRAMEWORK, tool
from testbed.apk.zipping import zipped
from testbed.errors import Place, PluginRefused

CA = "res/raw/testbed_ca.pem"
"""The APK's entry that holds the run's CA: put there last, since it is another for each fleet."""

OWN: Mapping[str, bytes] = {
    "raw/testbed_ca.pem": b"\n",
    "xml/network_security_config.xml": b"""\
<network-security-config>
  <base-config cleartextTrafficPermitted="true">
    <trust-anchors>
      <certificates src="@raw/testbed_ca"/>
      <certificates src="system"/>
    </trust-anchors>
  </base-config>
</network-security-config>
""",
}


class Linked(msgspec.Struct, frozen=True, kw_only=True):
    """`entries` of the APK: the binary manifest, resources.arsc and res/. `symbols` are the R classes, if any AAR has
    resources."""

    entries: Mapping[str, bytes]
    symbols: Jar | None


async def link(libraries: Sequence[Library], merged: Merged, *, runner: Runner) -> Linked:
    """Raises PluginRefused with what aapt2 says of a library's resources."""
    with_resources = [each for each in libraries if each.res]
    overlays = []
    # Of two of one name the last wins: ours, then those of the libraries in order.
    for number, library in enumerate([*reversed(with_resources), None]):
        name, files = (library.name, library.res) if library else ("the harness app", OWN)
        overlays.append(await _compile(number, name, files, runner))
    framework = tool(FRAMEWORK)
    manifest, apk, sources = runner.folder / "AndroidManifest.xml", runner.folder / "linked.apk", runner.folder / "gen"
    manifest.write_bytes(merged.text)
    named = [each for each in merged.packages if each != PACKAGE]
    command: list[str | Path] = [
        *(runner.tools.aapt2, "link", "-o", apk, "-I", framework, "--manifest", manifest, "--auto-add-overlay"),
        "--warn-manifest-validation",  # an aapt2 older than an element (<queries>, of Android 11) takes it all the same
    ]
    command += ["--java", sources, "--extra-packages", ":".join(named)] if with_resources and named else []
    for overlay in overlays:
        command += ["-R", overlay]
    try:
        await runner.run(command, reads=[framework])
        linked = runner.written(apk)
    except Refused as error:
        names = ", ".join(each.name for each in with_resources) or "the libraries' manifests"
        raise PluginRefused(
            f"aapt2 cannot link the resources: {error.said}",
            place=Place(names),
            fix="leave out the library whose resources need another one that is not there, or add that one",
        ) from error
    with ZipFile(BytesIO(linked)) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    return Linked(entries=entries, symbols=await _compiled(sources, runner) if with_resources and named else None)


async def _compile(number: int, name: str, files: Mapping[str, bytes], runner: Runner) -> Path:
    folder, compiled = runner.folder / f"res-{number}", runner.folder / f"res-{number}.zip"
    for path, content in files.items():
        if path.count("/") != 1:
            raise PluginRefused(f"res/{path} is in no folder of a resource type", place=Place(name))
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    try:
        await runner.run([runner.tools.aapt2, "compile", "--dir", folder, "-o", compiled])
    except Refused as error:
        message = f"aapt2 cannot compile its resources: {error.said}"
        raise PluginRefused(message, place=Place(name), fix="correct them, or leave the library out") from error
    return compiled


async def _compiled(sources: Path, runner: Runner) -> Jar:
    classes = runner.folder / "classes"
    classes.mkdir()
    files = _below(sources, "R.java")
    try:
        await runner.run([runner.tools.javac, "-J-Xmx256m", "--release", "17", "-proc:none", "-d", classes, *files])
        found = {file.relative_to(classes).as_posix(): runner.written(file) for file in _below(classes, "*.class")}
    except Refused as error:
        raise PluginRefused(f"the R classes of its AARs do not compile: {error.said}") from error
    return Jar(name="R classes", content=zipped(found))


def _below(folder: Path, glob: str) -> list[Path]:
    return sorted(folder.rglob(glob))
