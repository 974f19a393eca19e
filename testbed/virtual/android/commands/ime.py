"""ime (AOSP: InputMethodManagerService.ShellCommandImpl). One keyboard, which nobody sees."""

from __future__ import annotations

from testbed.virtual.android.commands.call import Call, Commands

KEYBOARD = "com.android.inputmethod.latin/.LatinIME"


async def ime(call: Call) -> int:
    settings = call.phone.settings
    match [arg for arg in call.args if arg not in {"--user", "current"}]:
        case ["list", *options] if set(options) <= {"-a", "-s", "-as", "-sa"}:
            short = any("s" in option for option in options)
            await call.out(
                f"{KEYBOARD}\n" if short else f"mId={KEYBOARD} mSettingsActivityName=null mIsDefaultRes=0x0\n"
            )
            return 0
        case ["enable" | "disable" | "set" as verb, keyboard]:
            if keyboard != KEYBOARD:
                await call.err(f"Unknown input method {keyboard} cannot be {_PAST[verb]} for user #0\n")
                return 255
            if verb == "set":
                settings.put("secure", "default_input_method", keyboard)
            await call.out(f"Input method {keyboard}: {_PAST[verb]} for user #0\n")
            return 0
        case ["reset"]:
            settings.put("secure", "default_input_method", KEYBOARD)
            await call.out(f"Reset current and enabled IMEs for user #0\n  Selected: {KEYBOARD}\n")
            return 0
        case [] | ["help"] | ["-h"]:
            await call.out(
                "ime <command>:\n  list [-a] [-s]\n  enable [--user <USER_ID>] <ID>\n  disable <ID>\n  set <ID>\n"
                "  reset\n"
            )
            return 0
        case [other, *_]:
            await call.out(f"Unknown command: {other}\n")
    return 255


_PAST = {"enable": "enabled", "disable": "disabled", "set": "selected"}

COMMANDS: Commands = {"ime": ime}
