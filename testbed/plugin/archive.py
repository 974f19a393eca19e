"""A zip from a stranger to a mapping of file names to bytes, in memory: nothing is ever written to disk.

What is refused, and the limits, stand at the top. What a zip says of itself is only ever used to refuse earlier: it is
held to the bytes that really come out of the decompressor.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping

from testbed.errors import Place, PluginRefused
from testbed.plugin.entries import is_folder, kind_problem, size_problem
from testbed.plugin.inflating import inflated
from testbed.plugin.library import LIBRARIES, Room, check_library
from testbed.plugin.names import name_problem, quoted, same_file
from testbed.plugin.nested import archive_kind
from testbed.plugin.records import Entry, Malformed, read_entries

MAX_ARCHIVE = 32 << 20
MAX_TOTAL = 48 << 20
MAX_ENTRIES = 2_000

Admit = Callable[[Mapping[str, bytes]], Container[str]]
"""Which of the files may be archives themselves, by name: the libraries of an android target."""

_SMALLER = "leave out what the plugin does not need on the device"
_PACK = "make the zip with `testbed pack`"


def read_archive(data: bytes, *, source: str, admit: Admit = lambda files: ()) -> dict[str, bytes]:
    """Every file of the zip by its name; what `admit` names of them may be an AAR or a JAR, which is then looked into
    by the same rules. Raises PluginRefused, which names the entry and the fix, for anything that is unsafe, broken or
    beyond the limits."""
    if len(data) > MAX_ARCHIVE:
        raise _refused(source, f"the zip has {len(data)} bytes; at most {MAX_ARCHIVE} are read", fix=_SMALLER)
    try:
        entries = read_entries(data, at_most=MAX_ENTRIES)
        _check_entries(entries, source)
        for entry in entries:
            # All of it, before any of it is kept: a zip that is refused for its last byte takes no memory for the rest.
            for _ in inflated(data, entry):
                pass
        contents = {entry.name: b"".join(inflated(data, entry)) for entry in entries if not is_folder(entry)}
    except Malformed as error:
        raise _refused(source, str(error), fix=_PACK) from error
    _check_nested(contents, source, admit)
    return contents


def _check_entries(entries: list[Entry], source: str) -> None:
    for entry in entries:
        if problem := name_problem(entry.name.removesuffix("/") if is_folder(entry) else entry.name):
            raise _refused(source, f"entry {quoted(entry.name)} {problem}", fix="rename it")
        if problem := kind_problem(entry):
            raise _refused(source, f"entry {quoted(entry.name)} {problem}", fix=_PACK)
        if problem := size_problem(entry):
            raise _refused(source, f"entry {quoted(entry.name)} {problem}", fix=_SMALLER)
    _check_duplicates(entries, source)
    if (total := sum(entry.size for entry in entries)) > MAX_TOTAL:
        raise _refused(source, f"the files add up to {total} bytes; at most {MAX_TOTAL} are read", fix=_SMALLER)


def _check_duplicates(entries: list[Entry], source: str) -> None:
    seen: dict[str, Entry] = {}
    for entry in entries:
        key = same_file(entry.name.removesuffix("/"))
        if (first := seen.get(key)) is not None:
            names = f"{quoted(first.name)} and {quoted(entry.name)}"
            raise _refused(source, f"entries {names} are one file on some systems", fix="rename one of them")
        seen[key] = entry
    for key, entry in seen.items():
        folder = key.rpartition("/")[0]
        while folder:
            if folder in seen and not is_folder(seen[folder]):
                both = f"entry {quoted(seen[folder].name)} is both a file and the folder of {quoted(entry.name)}"
                raise _refused(source, both, fix="rename one of them")
            folder = folder.rpartition("/")[0]


def _check_nested(files: Mapping[str, bytes], source: str, admit: Admit) -> None:
    kinds = {name: kind for name, content in files.items() if (kind := archive_kind(content))}
    libraries = [name for name, kind in kinds.items() if kind == "zip" and name.endswith(LIBRARIES)]
    for name in (each for each in kinds if each not in libraries):
        raise _nested(source, name, kinds[name], fix="put what is in it into the folder")
    # Whom a library belongs to stands in the manifest, which is asked for nothing else and may not be fit to be read.
    admitted = admit(files) if libraries else ()
    room = Room()
    for name in libraries:
        if name not in admitted:
            fix = "name it in the `classpath` of an android target, or leave it out"
            raise _nested(source, name, "zip", fix=fix)
        try:
            check_library(name, files[name], room)
        except Malformed as error:
            raise _refused(
                source, f"in {quoted(name)}: {error}", fix="build the library anew, or leave it out"
            ) from error


def _nested(source: str, name: str, kind: str, *, fix: str) -> PluginRefused:
    message = f"entry {quoted(name)} is an archive itself ({kind}), whose content nothing here would check"
    return _refused(source, message, fix=fix)


def _refused(source: str, message: str, *, fix: str) -> PluginRefused:
    return PluginRefused(message, place=Place(source), fix=fix)
