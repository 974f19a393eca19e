"""What the README shows: a run with a planted fault, in a real pseudo-terminal, as a person sees it.

`python -m tests.readme` (make screenshot) writes docs/images/failing-run.png and prints the transcript.
"""

from __future__ import annotations

import fcntl
import html
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
from collections.abc import Sequence
from pathlib import Path

import pyte

from testbed.devices.chromium.find import find_browser

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "images" / "failing-run.png"
COLUMNS, LINES = 100, 60

FAULT = (
    "event: event.event, properties: event.properties",
    "event: event.event, properties: { ...event.properties, revenue: String(event.properties.revenue) }",
)
COMMANDS = ("testbed new Acme", "testbed run acme -k order")

ELSEWHERE = ("CI", "NO_COLOR", "FORCE_COLOR", "TESTBED_FORCE_TTY")
"""What says that nobody sits at the terminal, or that it is another one."""

COLOURS = {"green": "#3fb950", "red": "#ff7b72", "yellow": "#d29922", "brown": "#d29922", "cyan": "#39c5cf"}
PAGE = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; background: #0d1117; }}
pre {{ margin: 0; padding: 18px 22px; color: #e6edf3; font: 14px/1.45 "DejaVu Sans Mono", monospace; }}
</style><pre>{}</pre>"""


def failing_run(folder: Path) -> pyte.Screen:
    """The screen after the run of a new plugin, in `folder`, whose bundle sends a number as text."""
    env = {key: value for key, value in os.environ.items() if key not in ELSEWHERE}
    env |= {"TESTBED_RUNTIME_DIR": f"{folder}/run", "XDG_STATE_HOME": f"{folder}/state", "TERM": "xterm-256color"}
    new, run = (command.split() for command in COMMANDS)
    subprocess.run([sys.executable, "-m", *new], cwd=folder, env=env, check=True, capture_output=True)
    bundle = folder / "acme" / "web" / "acme.js"
    text = bundle.read_text()
    assert FAULT[0] in text, "the bundle of testbed new has changed: renew the fault"
    bundle.write_text(text.replace(*FAULT))
    return in_terminal([sys.executable, "-m", *run], folder, env)


def in_terminal(command: Sequence[str], folder: Path, env: dict[str, str]) -> pyte.Screen:
    """The screen once `command` has ended, in a terminal of COLUMNS x LINES."""
    screen = pyte.Screen(COLUMNS, LINES)
    stream = pyte.ByteStream(screen)
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    with subprocess.Popen(command, cwd=folder, env=env, stdin=theirs, stdout=theirs, stderr=theirs) as child:
        os.close(theirs)
        try:
            while part := os.read(ours, 65536):
                stream.feed(part)
        except OSError:  # EIO: nobody has the other end open any more
            pass
        finally:
            os.close(ours)
        child.wait(timeout=60)
    return screen


def transcript(screen: pyte.Screen) -> str:
    """What is on the screen, without the times, which differ from run to run."""
    text = "\n".join(line.rstrip() for line in screen.display).strip("\n")
    return re.sub(r"\d+\.\d+ s\b", "0.3 s", text)


def picture(screen: pyte.Screen, file: Path) -> None:
    """The screen as a PNG, drawn by a Chromium."""
    rows = [_row(screen, number) for number in range(LINES)]
    while rows and not rows[-1]:
        rows.pop()
    shown = "\n".join([f'<span style="color:#8b949e">$</span> {COMMANDS[1]}', *rows])
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text(PAGE.format(shown))
        size = f"--window-size={COLUMNS * 8 + 90},{(len(rows) + 1) * 20 + 46}"
        flags = ["--headless", "--no-sandbox", "--hide-scrollbars", "--force-device-scale-factor=2", size]
        shot = [find_browser("", os.environ), *flags, f"--user-data-dir={folder}/profile", f"--screenshot={file}"]
        subprocess.run([*shot, page.as_uri()], check=True, capture_output=True, timeout=60)


def _row(screen: pyte.Screen, number: int) -> str:
    cells = [screen.buffer[number][column] for column in range(COLUMNS)]
    parts = []
    for cell in cells:
        style = "font-weight:bold;" if cell.bold else ""
        style += f"color:{COLOURS[cell.fg]};" if cell.fg in COLOURS else ""
        text = html.escape(cell.data)
        parts.append(f'<span style="{style}">{text}</span>' if style else text)
    return "".join(parts).rstrip()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        screen = failing_run(Path(folder))
    PICTURE.parent.mkdir(exist_ok=True)
    picture(screen, PICTURE)
    print(transcript(screen))  # noqa: T201


if __name__ == "__main__":
    main()
