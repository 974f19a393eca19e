"""Write the tables of pinned artifacts anew: `python -m tests.pins [FILE]...` follows the roots of each table through
the Maven repository, and writes what it found below them. What it writes is read before it is committed."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path
from typing import Any

from testbed.artifacts.maven import Repository, Resolved, resolve
from testbed.config import Config

TABLES = (
    Path("testbed/artifacts/android.toml"),
    Path("testbed/runtimes/jvm/jars.toml"),
    Path("testbed/runtimes/jvm/jars.toml"),
)


def main() -> None:
    repository = Repository(Config().get("maven_url"))
    for path in [Path(name) for name in sys.argv[1:]] or TABLES:
        text = path.read_text()
        for name, table in tomllib.loads(text).items():
            text = written(text, name, table, repository)
        path.write_text(text)


def written(text: str, name: str, table: dict[str, Any], repository: Repository) -> str:
    """The file's text with the table's `pins` as they must be."""
    found = resolve(table["roots"], repository, without=table.get("without", ()))
    rows = "".join(f"  {row(each)},\n" for each in found.artifacts)
    pins = f"pins = [\n{rows}]\n"
    head, start, rest = text.partition(f"[{name}]\n")
    body, following, tail = rest.partition("\n[")
    body = re.sub(r"^pins = \[\n.*?^\]\n?", "", body, flags=re.MULTILINE | re.DOTALL)
    lines = body.strip("\n").split("\n")
    own = next(number for number in range(len(lines), 0, -1) if lines[number - 1] and lines[number - 1][0] != "#")
    about = "\n".join(lines[own:]).strip("\n")  # the comment on the next table
    for left in found.left_out:
        print(f"{name}: without {left.coordinates}, asked for by {' <- '.join(reversed(left.asked_by))}")  # noqa: T201
    above = "\n".join(lines[:own])
    return f"{head}{start}{above}\n{pins}" + (f"\n{about}" if about else "") + f"{following}{tail}"


def row(found: Resolved) -> str:
    return f'{{ at = "{found.coordinates}", sha256 = "{found.sha256}", size = {found.file.stat().st_size} }}'


if __name__ == "__main__":
    main()
