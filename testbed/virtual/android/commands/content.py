"""content (AOSP: frameworks/base/cmds/content), for the settings provider alone."""

from __future__ import annotations

from testbed.virtual.android.commands.call import Call, Commands
from testbed.virtual.android.settings import NAMESPACES, Namespace

USAGE = """usage: adb shell content [subcommand] [options]
usage: adb shell content query --uri <URI> [--where <WHERE>]
usage: adb shell content insert --uri <URI> --bind name:s:<KEY> --bind value:s:<VALUE>
usage: adb shell content delete --uri <URI> --where <WHERE>
"""
PREFIX = "content://settings/"


async def content(call: Call) -> int:
    verb, *rest = call.args or [""]
    options = dict(zip(rest[::2], rest[1::2], strict=False))
    uri = options.get("--uri", "")
    if verb not in {"query", "insert", "delete"} or not uri:
        await call.err(f"[ERROR] Unsupported operation: {verb}\n\n{USAGE}" if verb else USAGE)
        return 1
    namespace = uri.removeprefix(PREFIX).partition("/")[0]
    if not uri.startswith(PREFIX) or namespace not in NAMESPACES:
        await call.err(f"Error while accessing provider:{uri.removeprefix('content://').partition('/')[0]}\n"
                       f"java.lang.IllegalStateException: Could not find provider: {uri}\n")  # fmt: skip
        return 1
    table: Namespace = namespace
    settings = call.phone.settings
    wanted = options.get("--where", "").removeprefix("name=").strip("'\"")
    if verb == "query":
        rows = [(name, value) for name, value in settings.all(table).items() if not wanted or name == wanted]
        for number, (name, value) in enumerate(rows):
            await call.out(f"Row: {number} _id={number + 1}, name={name}, value={value}\n")
        if not rows:
            await call.out("No result found.\n")
        return 0
    if verb == "delete":
        settings.delete(table, wanted)
    else:
        binds = [
            value.split(":", 2) for option, value in zip(rest[::2], rest[1::2], strict=False) if option == "--bind"
        ]
        values = {bind[0]: bind[2] for bind in binds if len(bind) == 3}
        if set(values) != {"name", "value"}:
            await call.err(USAGE)
            return 1
        settings.put(table, values["name"], values["value"])
    await call.phone.activities.surround()
    return 0


COMMANDS: Commands = {"content": content}
