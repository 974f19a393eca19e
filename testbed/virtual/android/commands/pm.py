"""pm, which is `cmd package` (AOSP: PackageManagerShellCommand)."""

from __future__ import annotations

from testbed.virtual.android.activity import read_intent
from testbed.virtual.android.commands import install
from testbed.virtual.android.commands.call import Call, Commands
from testbed.virtual.android.commands.dumpsys import package as dump
from testbed.virtual.android.packages.manager import HOME, SYSTEM
from testbed.virtual.android.packages.manifest import LAUNCHER, MAIN

FAILED = 255

USAGE = """Package manager (package) commands:
  help
    Print this help text.
  path [--user USER_ID] PACKAGE
    Print the path to the .apk of the given PACKAGE.
  dump PACKAGE
    Print various system state associated with the given PACKAGE.
  list features
  list packages [-f] [-d] [-e] [-s] [-3] [-i] [-l] [-u] [-U] [--show-versioncode] [FILTER]
    Prints all packages; optionally only those whose name contains the text in FILTER.
  resolve-activity [--brief] INTENT
  install [-rtdgR] [-S BYTES] [PATH]
    Install an application. Must provide the apk data to install, either as file path or '-' to read from stdin.
  install-create [-rtdgR] [-S BYTES]
  install-write [-S BYTES] SESSION_ID SPLIT_NAME [PATH|-]
  install-commit SESSION_ID
  install-abandon SESSION_ID
  uninstall [-k] PACKAGE
  clear PACKAGE
  grant PACKAGE PERMISSION
  revoke PACKAGE PERMISSION
"""


async def pm(call: Call) -> int:
    verb, *rest = call.args or ["help"]
    if verb in {"help", "-h"}:
        await call.out(USAGE)
        return 0
    if (command := _VERBS.get(verb)) is None:
        await call.out(f"Unknown command: {verb}\n")
        return FAILED
    return await command(call, _without_user(rest))


async def _list(call: Call, args: list[str]) -> int:
    match args:
        case ["packages" | "package", *rest]:
            return await _list_packages(call, rest)
        case ["features"]:
            await call.out("".join(f"feature:{name}\n" for name in sorted((*FEATURES, *call.phone.profile.features))))
            return 0
        case ["users"]:
            await call.out("Users:\n\tUserInfo{0:Owner:c13} running\n")
            return 0
        case ["instrumentation", *_]:
            for app in call.phone.packages.installed.values():
                for name in app.manifest.instrumentations:
                    await call.out(f"instrumentation:{app.package}/{name} (target={app.package})\n")
            return 0
        case []:
            await call.err("Error: didn't specify type of data to list\n")
            return FAILED
    await call.err(f"Error: unknown list type '{args[0]}'\n")
    return FAILED


FEATURES = (
    "android.hardware.bluetooth", "android.hardware.camera", "android.hardware.location", "android.hardware.nfc",
    "android.hardware.screen.portrait", "android.hardware.touchscreen", "android.hardware.wifi",
    "android.software.webview",
)  # fmt: skip


async def _list_packages(call: Call, args: list[str]) -> int:
    letters: set[str] = set()
    wanted = ""
    for arg in args:
        if arg in {"--show-versioncode", "--apex-only"}:
            letters.add(arg)
        elif arg.startswith("-"):
            if set(arg[1:]) - set("fdesui3lU"):
                await call.err(f"Error: Unknown option: {arg}\n")
                return FAILED
            letters |= set(arg[1:])
        else:
            wanted = arg
    if letters & {"d", "--apex-only"}:
        return 0
    rows: list[tuple[str, str, int, int]] = []
    if "3" not in letters:
        rows += [(name, path, call.phone.profile.api, 1000) for name, path in SYSTEM.items()]
    if "s" not in letters:
        rows += [
            (app.package, app.path, app.manifest.version_code, app.uid)
            for app in call.phone.packages.installed.values()
        ]
    for name, path, version, uid in sorted(rows):
        if wanted in name:
            text = f"package:{path}={name}" if "f" in letters else f"package:{name}"
            text += f" versionCode:{version}" if "--show-versioncode" in letters else ""
            text += "  installer=null" if "i" in letters else ""
            text += f" uid:{uid}" if "U" in letters else ""
            await call.out(f"{text}\n")
    return 0


async def _path(call: Call, args: list[str]) -> int:
    if not args:
        await call.err("Error: no package specified\n")
        return FAILED
    app = call.phone.packages.find(args[0])
    path = app.path if app is not None else SYSTEM.get(args[0])
    if path is None:
        return 1
    await call.out(f"package:{path}\n")
    return 0


async def _uninstall(call: Call, args: list[str]) -> int:
    keep = "-k" in args
    names = [arg for arg in args if not arg.startswith("-")]
    if unknown := [arg for arg in args if arg.startswith("-") and arg != "-k"]:
        await call.err(f"Error: Unknown option: {unknown[0]}\n")
        return FAILED
    if not names:
        await call.err("Error: package name not specified\n")
        return FAILED
    if names[0] in SYSTEM:
        await call.out("Failure [DELETE_FAILED_DEVICE_POLICY_MANAGER]\n")
        return 1
    if not await call.phone.packages.uninstall(names[0], keep=keep):
        await call.out("Failure [DELETE_FAILED_INTERNAL_ERROR]\n")
        return 1
    await call.out("Success\n")
    return 0


async def _clear(call: Call, args: list[str]) -> int:
    if not args:
        await call.err("Error: no package specified\n")
        return FAILED
    cleared = await call.phone.packages.clear(args[0])
    if cleared:
        await call.out("Success\n")
    else:
        await call.err("Failed\n")
    return 0 if cleared else 1


async def _grant(call: Call, args: list[str], *, granted: bool = True) -> int:
    if len(args) < 2:
        await call.err("Error: no package specified\n" if not args else "Error: no permission specified\n")
        return FAILED
    if problem := call.phone.packages.grant(args[0], args[1], granted=granted):
        await call.err(f"\nException occurred while executing '{'grant' if granted else 'revoke'}':\n{problem}\n")
        return FAILED
    return 0


async def _revoke(call: Call, args: list[str]) -> int:
    return await _grant(call, args, granted=False)


async def _dump(call: Call, args: list[str]) -> int:
    await call.out(dump.dump(call.phone, args))
    return 0


async def _resolve(call: Call, args: list[str]) -> int:
    brief = "--brief" in args
    intent = read_intent([arg for arg in args if arg not in {"--brief", "--components"}])
    action = intent.action or MAIN
    component = intent.component
    if not component and action == MAIN and "android.intent.category.HOME" in intent.categories:
        component = HOME
    elif not component and intent.package:
        app = call.phone.packages.find(intent.package)
        found = app is not None and app.manifest.launcher and set(intent.categories) <= {LAUNCHER} and action == MAIN
        component = f"{intent.package}/{app.manifest.launcher}" if found and app is not None else ""
    component = component or call.phone.packages.resolve(action, intent.uri, intent.categories, intent.package)
    if not component:
        await call.out("No activity found\n")
        return 0
    package, _, name = component.partition("/")
    short = f"{package}/{name.removeprefix(package)}" if name.startswith(f"{package}.") else component
    if brief:
        await call.out(f"priority=0 preferredOrder=0 match=0x108000 specificIndex=-1 isDefault=true\n{short}\n")
    else:
        await call.out(
            f"priority=0 preferredOrder=0 match=0x108000 specificIndex=-1 isDefault=true\nActivityInfo:\n"
            f"  name={name}\n  packageName={package}\n"
        )
    return 0


def _without_user(args: list[str]) -> list[str]:
    if "--user" in args:
        at = args.index("--user")
        args = args[:at] + args[at + 2 :]
    return args


_VERBS = {
    "clear": _clear, "dump": _dump, "grant": _grant, "install": install.install,
    "install-abandon": install.abandon, "install-commit": install.commit, "install-create": install.create,
    "install-write": install.write, "list": _list, "path": _path, "resolve-activity": _resolve, "revoke": _revoke,
    "uninstall": _uninstall,
}  # fmt: skip

COMMANDS: Commands = {"pm": pm}
