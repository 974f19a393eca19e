"""dumpsys activity [activities|top|processes|...] (AOSP: ActivityManagerService.dump)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from testbed.virtual.android.commands.dumpsys.api import short
from testbed.virtual.android.packages.manager import HOME

if TYPE_CHECKING:
    from testbed.virtual.android.phone import Phone


def dump(phone: Phone, args: Sequence[str]) -> str:
    what = args[0] if args else ""
    match what:
        case "top":
            return _top(phone)
        case "p" | "processes":
            return _processes(phone)
        case "a" | "activities" | "recents" | "":
            return _activities(phone) + (_processes(phone) if not what else "")
        case "services" | "s":
            return "ACTIVITY MANAGER SERVICES (dumpsys activity services)\n  (nothing)\n"
        case "broadcasts" | "b" | "providers" | "intents":
            return f"ACTIVITY MANAGER {what.upper()} (dumpsys activity {what})\n  (nothing)\n"
    return f"Bad activity command, or no activities match: {what}\nUse -h for help.\n"


def _activities(phone: Phone) -> str:
    front = phone.activities.front
    running = phone.activities.running
    component = short(front.component) if front is not None else HOME
    record = f"ActivityRecord{{5f3a1c u0 {component} t{12 if front is not None else 1}}}"
    rows = ["ACTIVITY MANAGER ACTIVITIES (dumpsys activity activities)", "Display #0 (activities from top to bottom):"]
    if running is not None:
        state = "RESUMED" if front is not None else "STOPPED"
        rows += [
            f"  * Task{{a3b1f0d #12 type=standard A=10{running.app.uid % 1000}:{running.package}}}",
            f"    * Hist  #0: ActivityRecord{{5f3a1c u0 {short(running.component)} t12}}",
            f"        packageName={running.package} processName={running.package}",
            f"        app=ProcessRecord{{e1d2c3 {running.pid}:{running.package}/u0a{running.app.uid - 10_000}}}",
            f"        state={state} delayedResume=false finishing=false",
        ]
    resumed = "topResumedActivity=" if phone.profile.api >= 33 else "mResumedActivity: "
    rows += [
        "",
        f"  mResumedActivity: {record}",
        f"  {resumed}{record}",
        f"  ResumedActivity: {record}",
        f"  mFocusedApp={record}",
    ]
    return "\n".join(dict.fromkeys(rows)) + "\n\n"


def _top(phone: Phone) -> str:
    running = phone.activities.running
    if running is None:
        return f"TASK com.android.launcher3 id=1 userId=0\n  ACTIVITY {HOME} 1a2b3c pid=2101\n"
    state = "true" if running.front else "false"
    drawn = "".join(
        f"      {name}: {line}\n" for name, value in running.process.state.items() for line in value.split("\n")
    )
    return (
        f"TASK {running.package} id=12 userId=0\n  ACTIVITY {short(running.component)} 5f3a1c pid={running.pid}\n"
        f"    Local Activity 9d8e7f State:\n      mResumed={state} mStopped={'false' if running.front else 'true'} "
        f"mFinished=false\n{drawn}"
    )


def _processes(phone: Phone) -> str:
    running = phone.activities.running
    rows = ["ACTIVITY MANAGER RUNNING PROCESSES (dumpsys activity processes)", "  All known processes:"]
    if running is not None:
        rows.append(
            f"  *APP* UID {running.app.uid} ProcessRecord{{e1d2c3 {running.pid}:{running.package}/"
            f"u0a{running.app.uid - 10_000}}}"
        )
    return "\n".join(rows) + "\n\n"
