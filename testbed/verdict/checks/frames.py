"""Where in somebody's code something happened, for messages."""

from __future__ import annotations

from testbed.devices.api import LogLine


def where(line: LogLine) -> str:
    """` (FRAME)`, of the top frame that names a script or, in an app, a class (`at com.acme.Acme.track(Acme.java:12)`);
    else the line's URL; "" where there is neither."""
    frames = [frame.strip() for frame in line.stack.splitlines()]
    found = next((frame for frame in frames if "://" in frame), "") or line.url
    found = found or next((frame for frame in frames if frame.startswith("at ")), "")
    return f" ({found})" if found else ""
