"""am, which is `cmd activity` (AOSP: ActivityManagerShellCommand)."""

from __future__ import annotations

import asyncio

import msgspec

from testbed.errors import DeviceFault
from testbed.virtual.android.activity import BadIntent, Intent, Started, read_intent
from testbed.virtual.android.commands.call import Call, Commands
from testbed.virtual.android.packages import Installed
from testbed.virtual.android.packages.manifest import LAUNCHER, MAIN, whole
from testbed.virtual.apps import Launch

FAILED = 255

USAGE = """Activity manager (activity) commands:
  help
      Print this help text.
  start-activity [-D] [-N] [-W] [-P <FILE>] [--start-profiler <FILE>]
          [--user <USER_ID> | current] <INTENT>
      Start an Activity.
  broadcast [--user <USER_ID> | all | current] <INTENT>
      Send a broadcast Intent.
  instrument [-r] [-e <NAME> <VALUE>] [-w] <COMPONENT>
      Start an Instrumentation.
  force-stop [--user <USER_ID> | all | current] <PACKAGE>
      Completely stop the given application package.
  kill [--user <USER_ID> | all | current] <PACKAGE>
      Kill all background processes associated with the given application.
  get-current-user
      Returns id of the current foreground user.
"""

_START_FLAGS = ("-D", "-N", "-W", "-S", "--streaming", "--track-allocation", "--task-overlay")
_START_VALUED = ("--user", "-R", "-P", "--start-profiler", "--display", "--windowingMode")


async def am(call: Call) -> int:
    verb, *rest = call.args or ["help"]
    if verb in {"help", "-h"}:
        await call.out(USAGE)
        return 0
    if (command := _VERBS.get(verb)) is None:
        await call.out(f"Unknown command: {verb}\n")
        return FAILED
    try:
        return await command(call, rest)
    except BadIntent as problem:
        await call.err(
            f"\nException occurred while executing '{verb}':\njava.lang.IllegalArgumentException: {problem}\n"
            f"\tat android.content.Intent.parseCommandArgs(Intent.java)\n"
            f"\tat com.android.server.am.ActivityManagerShellCommand.makeIntent(ActivityManagerShellCommand.java)\n"
        )
        return FAILED


async def _start(call: Call, args: list[str]) -> int:
    intent = read_intent(args, flags=_START_FLAGS, valued=_START_VALUED)
    intent = _completed(call, intent)
    if "-S" in intent.others and intent.component:
        await _stop(call, intent.component.partition("/")[0])
    await call.out(f"Starting: {intent.shown}\n")
    outcome = await launch(call, intent)
    if isinstance(outcome, str):
        await call.err(outcome)
        return 1
    if outcome.how != "COLD":
        await call.err(_WARNINGS[outcome.how])
    if "-W" in intent.others:
        await call.out(_waited(call, outcome))
    return 0


_WARNINGS = {
    "HOT": "Warning: Activity not started, its current task has been brought to the front\n",
    "DELIVERED": "Warning: Activity not started, intent has been delivered to currently running top-most instance.\n",
}


def _waited(call: Call, started: Started) -> str:
    running = call.phone.activities.running
    component = running.component if running is not None else ""
    package, _, name = component.partition("/")
    state = "COLD" if started.how == "COLD" else "HOT" if started.how == "HOT" else "UNKNOWN (0)"
    return (
        f"Status: ok\nLaunchState: {state}\nActivity: {package}/{name.removeprefix(package) or name}\n"
        f"TotalTime: {started.took_ms}\nWaitTime: {started.took_ms + 3}\nComplete\n"
    )


async def launch(call: Call, intent: Intent) -> Started | str:
    """Start what an intent is for; what is wrong, as am prints it, where it cannot."""
    package, _, name = intent.component.partition("/")
    if not intent.component:
        return f"Error: Activity not started, unable to resolve {intent.shown}\n"
    name = whole(name, package)
    app = call.phone.packages.find(package)
    if app is None or (activity := app.manifest.activity(name)) is None:
        return f"Error type 3\nError: Activity class {{{package}/{name}}} does not exist.\n"
    if not activity.exported and call.state.user.uid not in {0, app.uid}:
        return (
            "\nException occurred while executing 'start':\njava.lang.SecurityException: Permission Denial: starting "
            f"{intent.shown} from null (pid={call.state.pid}, uid={call.state.user.uid}) not exported from uid "
            f"{app.uid}\n"
        )
    starting = Launch(
        component=f"{package}/{name}", action=intent.action or MAIN, uri=intent.uri, extras=dict(intent.extras)
    )
    try:
        return await _whole(call, app, starting, intent.shown)
    except DeviceFault as fault:
        call.phone.log.add("E", "ActivityManager", f"{package} did not start: {fault}", pid=call.state.pid)
        return f"Error: {fault}\n"


async def _whole(call: Call, app: Installed, starting: Launch, shown: str) -> Started:
    """A start that goes on when whoever asked for it leaves: half a start would leave a process that nobody knows."""
    done: asyncio.Future[Started] = asyncio.get_running_loop().create_future()

    async def work() -> None:
        try:
            started = await call.phone.activities.start(
                app, starting, shown=shown.removeprefix("Intent { ").removesuffix(" }"), uid=call.state.user.uid
            )
        except DeviceFault as fault:
            if not done.cancelled():
                done.set_exception(fault)
        else:
            if not done.cancelled():
                done.set_result(started)

    call.phone.background(work())
    return await done


def _completed(call: Call, intent: Intent) -> Intent:
    """With a component, as the package manager resolves it."""
    if intent.component:
        return intent
    if intent.package and not intent.action:
        app = call.phone.packages.find(intent.package)
        name = app.manifest.launcher if app is not None else ""
        component = f"{intent.package}/{name}" if name else ""
        return msgspec.structs.replace(intent, action=MAIN, categories=[LAUNCHER], component=component)
    component = call.phone.packages.resolve(intent.action, intent.uri, intent.categories, intent.package)
    return msgspec.structs.replace(intent, component=component)


async def _stop(call: Call, package: str) -> None:
    await call.phone.activities.stop(package, f"from pid {call.state.pid}")


async def _force_stop(call: Call, args: list[str]) -> int:
    names = _without_user(args)
    if len(names) != 1:
        await call.err(
            "\nException occurred while executing 'force-stop':\njava.lang.IllegalArgumentException: Argument expected "
            'after "force-stop"\n'
        )
        return FAILED
    await _stop(call, names[0])
    return 0


async def _kill(call: Call, args: list[str]) -> int:
    """Only what is in the background, as on a phone."""
    names = _without_user(args)
    running = call.phone.activities.running
    if running is not None and not running.front and running.package in names:
        await call.phone.activities.kill(running.pid)
    return 0


async def _broadcast(call: Call, args: list[str]) -> int:
    intent = read_intent(args, flags=("--async",), valued=("--user", "--receiver-permission"))
    await call.out(f"Broadcasting: {intent.shown}\n")
    if intent.action in _PROTECTED:
        await call.err(
            "\nException occurred while executing 'broadcast':\njava.lang.SecurityException: Permission Denial: not "
            f"allowed to send broadcast {intent.action} from pid={call.state.pid}, uid={call.state.user.uid}\n"
        )
        return FAILED
    running = call.phone.activities.running
    if running is not None and (not intent.component or intent.component.startswith(f"{running.package}/")):
        call.phone.log.add(
            "W", "BroadcastQueue", f"{intent.action or intent.component}: not delivered to {running.package}, since "
            "this virtual phone delivers no broadcasts to apps", pid=call.state.pid, buffer="system",
        )  # fmt: skip
    await call.out("Broadcast completed: result=0\n")
    return 0


_PROTECTED = {
    f"android.intent.action.{name}"
    for name in ("AIRPLANE_MODE", "BOOT_COMPLETED", "LOCALE_CHANGED", "PACKAGE_ADDED", "TIME_SET", "TIMEZONE_CHANGED")
}
"""Broadcasts that only the system may send (frameworks/base/core/res/AndroidManifest.xml)."""


async def _instrument(call: Call, args: list[str]) -> int:
    component = args[-1] if args else ""
    package, slash, name = component.partition("/")
    if not slash:
        await call.err(f"Error: Bad component name: {component}\n")
        return FAILED
    app = call.phone.packages.find(package)
    shown = f"ComponentInfo{{{component}}}"
    if app is None or whole(name, package) not in app.manifest.instrumentations:
        reason = f"Unable to find instrumentation info for: {shown}"
    else:
        reason = "this virtual phone runs no instrumentation: it starts activities alone"
    await call.out(
        f"android.util.AndroidException: INSTRUMENTATION_FAILED: {component}\n"
        f"\tat com.android.commands.am.Instrument.run(Instrument.java:545)\n"
        f"INSTRUMENTATION_STATUS: Error={reason}\nINSTRUMENTATION_STATUS: id=ActivityManagerService\n"
        f"INSTRUMENTATION_STATUS_CODE: -1\n"
    )
    return 1


async def _current_user(call: Call, _: list[str]) -> int:
    await call.out("0\n")
    return 0


async def _config(call: Call, _: list[str]) -> int:
    profile, display = call.phone.profile, call.phone.display
    locale = profile.locale.replace("-", "-r")
    await call.out(
        f"config: {locale}-ldltr-sw{display.width * 160 // display.density}dp-port-notnight-{display.density}dpi-"
        f"finger-keysexposed-nokeys-navhidden-nonav-{display.height}x{display.width}-v{profile.api}\n"
        f"abi: {','.join(profile.abis)}\n"
    )
    return 0


def _without_user(args: list[str]) -> list[str]:
    if "--user" in args:
        at = args.index("--user")
        args = args[:at] + args[at + 2 :]
    return args


_VERBS = {
    "broadcast": _broadcast, "force-stop": _force_stop, "get-config": _config, "get-current-user": _current_user,
    "instrument": _instrument, "kill": _kill, "start": _start, "start-activity": _start,
}  # fmt: skip

COMMANDS: Commands = {"am": am}
