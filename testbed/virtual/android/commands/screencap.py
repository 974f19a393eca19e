"""screencap (AOSP: frameworks/base/cmds/screencap), and screenrecord, which this phone has not."""

from __future__ import annotations

import asyncio

from testbed.virtual.android.commands.call import Call, Commands
from testbed.virtual.android.commands.options import Usage, read_options
from testbed.virtual.android.screen import draw

USAGE = """usage: screencap [-hp] [-d display-id] [FILENAME]
   -h: this message
   -p: save the file as a png.
   -d: specify the display ID to capture
If FILENAME ends with .png it will be saved as a png.
If FILENAME is not given, the results will be printed to stdout.
"""


async def screencap(call: Call) -> int:
    try:
        options = read_options(call.name, call.args, "hp", "d", most=1)
    except Usage:
        await call.err(USAGE)
        return 1
    if "h" in options:
        await call.err(USAGE)
        return 0
    png = "p" in options or (options.rest and options.rest[0].endswith(".png"))
    image = await asyncio.to_thread(_image, call, bool(png))
    if not options.rest:
        await call.out(image)
        return 0
    try:
        with call.files.writing(call.real(options.rest[0])) as write:
            write(image)
    except OSError as error:
        await call.err(f"Error opening file: {options.rest[0]} ({error.strerror})\n")
        return 1
    return 0


def _image(call: Call, png: bool) -> bytes:
    phone = call.phone
    running = phone.activities.front
    title, state = "", dict[str, str]()
    if running is not None:
        title = running.app.manifest.label
        title = running.package if not title or title.startswith("@") else title
        state = {"package": running.package, **running.process.state}
    canvas = draw(phone.profile, title, state)
    return canvas.png() if png else canvas.raw()


async def screenrecord(call: Call) -> int:
    await call.err("ERROR: unable to create video encoder: this virtual phone has none\n")
    return 1


COMMANDS: Commands = {"screencap": screencap, "screenrecord": screenrecord}
