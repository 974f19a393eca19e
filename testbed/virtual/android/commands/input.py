"""input (AOSP: InputShellCommand). Keys do to an app what they do; touches find nothing, and the log says so."""

from __future__ import annotations

from testbed.virtual.android.activity.obituary import SYSTEM_SERVER
from testbed.virtual.android.commands.call import Call, Commands

USAGE = """Usage: input [<source>] [-d DISPLAY_ID] <command> [<arg>...]

The sources are:
      touchnavigation
      touchscreen
      joystick
      keyboard
      gamepad
      touchpad
      mouse
      dpad
      stylus
      trackball

The commands and default sources are:
      text <string> (Default: touchscreen)
      keyevent [--longpress] <key code number or name> ... (Default: keyboard)
      tap <x> <y> (Default: touchscreen)
      swipe <x1> <y1> <x2> <y2> [duration(ms)] (Default: touchscreen)
      draganddrop <x1> <y1> <x2> <y2> [duration(ms)] (Default: touchscreen)
      press (Default: trackball)
      roll <dx> <dy> (Default: trackball)
"""
SOURCES = {
    "touchnavigation", "touchscreen", "joystick", "keyboard", "gamepad", "touchpad", "mouse", "dpad", "stylus",
    "trackball",
}  # fmt: skip

HOME, BACK, POWER, APP_SWITCH, SLEEP, WAKEUP = 3, 4, 26, 187, 223, 224
KEYS = {
    "HOME": HOME, "BACK": BACK, "CALL": 5, "ENDCALL": 6, "VOLUME_UP": 24, "VOLUME_DOWN": 25, "POWER": POWER,
    "CAMERA": 27, "TAB": 61, "SPACE": 62, "ENTER": 66, "DEL": 67, "MENU": 82, "NOTIFICATION": 83, "SEARCH": 84,
    "ESCAPE": 111, "VOLUME_MUTE": 164, "APP_SWITCH": APP_SWITCH, "SLEEP": SLEEP, "WAKEUP": WAKEUP,
}  # fmt: skip
"""android.view.KeyEvent, as far as clients name them; any number up to LAST is a key too."""
LAST = 316


async def input_command(call: Call) -> int:
    args = list(call.args)
    if args and args[0] in SOURCES:
        args.pop(0)
    if args[:1] == ["-d"]:
        del args[:2]
    match args:
        case ["keyevent", *names] if [name for name in names if not name.startswith("--")]:
            return await _keys(call, [name for name in names if not name.startswith("--")])
        case ["text", _]:
            return await _untaken(call, "text")
        case ["tap", x, y] if _numbers(x, y):
            return await _untaken(call, f"tap at ({x}, {y})")
        case ["swipe" | "draganddrop" as what, x, y, to_x, to_y, *took] if _numbers(x, y, to_x, to_y, *took):
            return await _untaken(call, f"{what} from ({x}, {y}) to ({to_x}, {to_y})")
        case ["press"]:
            return await _untaken(call, "press")
        case ["roll", x, y] if _numbers(x, y):
            return await _untaken(call, "roll")
        case [] | ["help"] | ["-h"]:
            await call.out(USAGE)
            return 0
        case ["text" | "tap" | "swipe" | "draganddrop" | "keyevent" | "roll" as command, *_]:
            await call.err(f"Error: Invalid arguments for command: {command}\n{USAGE}")
            return 255
    await call.out(f"Unknown command: {args[0]}\n")
    return 255


async def _keys(call: Call, names: list[str]) -> int:
    codes = []
    for name in names:
        code = int(name) if name.isdigit() else KEYS.get(name.upper().removeprefix("KEYCODE_"), 0)
        if not 0 < code <= LAST:
            await call.err(f"Error: Invalid arguments for command: keyevent\n{USAGE}")
            return 255
        codes.append(code)
    for code in codes:
        await _press(call, code)
    return 0


async def _press(call: Call, code: int) -> None:
    display = call.phone.display
    match code:
        case _ if code in {HOME, BACK, APP_SWITCH}:
            await call.phone.activities.home()
        case _ if code in {POWER, SLEEP} and display.on:
            display.on = False
            await call.phone.activities.home()
        case _ if code in {POWER, WAKEUP}:
            display.on = True
        case _:
            await _untaken(call, f"key {code}")


async def _untaken(call: Call, what: str) -> int:
    call.phone.log.add(
        "W", "InputDispatcher", f"{what}: dropped, since nothing on this virtual phone's screen takes it",
        pid=SYSTEM_SERVER, buffer="system",
    )  # fmt: skip
    return 0


def _numbers(*texts: str) -> bool:
    return all(text.removeprefix("-").replace(".", "", 1).isdigit() for text in texts)


COMMANDS: Commands = {"input": input_command}
