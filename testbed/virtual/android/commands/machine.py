"""What a phone says of itself and of time: uname, date, uptime, df, getenforce, sleep, true, which, reboot, ..."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime

from testbed.virtual.android.commands.call import Call, Commands
from testbed.virtual.android.commands.options import Usage, read_options


async def uname(call: Call) -> int:
    options = read_options(call.name, call.args, "amnoprsv")
    release = "5.15.110-android14-11" if call.phone.profile.api >= 34 else "4.19.152-android11"
    values = {
        "s": "Linux", "n": "localhost", "r": release, "v": "#1 SMP PREEMPT", "m": "aarch64", "o": "Toybox",
    }  # fmt: skip
    shown = values if "a" in options else {letter: values[letter] for letter in values if letter in options}
    await call.out(" ".join((shown or {"s": "Linux"}).values()) + "\n")
    return 0


async def date(call: Call) -> int:
    options = read_options(call.name, call.args, "u", "dDrs")
    when = datetime.now(UTC)
    if "d" in options and (text := options.values["d"]).removeprefix("@").isdigit() and len(text) < 12:
        when = datetime.fromtimestamp(int(text.removeprefix("@")), UTC)
    form = options.rest[0] if options.rest else "+%a %b %e %H:%M:%S %Z %Y"
    if not form.startswith("+"):
        return await call.fail("cannot set date: Operation not permitted")
    await call.out(
        when.strftime(form[1:].replace("%s", str(int(when.timestamp()))).replace("%N", f"{when.microsecond * 1000:09}"))
        + "\n"
    )
    return 0


async def uptime(call: Call) -> int:
    read_options(call.name, call.args, "s")
    up = int(time.time() - call.phone.booted_at)
    clock = datetime.now(UTC).strftime("%H:%M:%S")
    await call.out(f" {clock} up {up // 60} min,  0 users,  load average: 0.00, 0.00, 0.00\n")
    return 0


async def df(call: Call) -> int:
    options = read_options(call.name, call.args, "HPahikt")
    disk = call.phone.disk
    unit, suffix = (1 << 20, "M") if "h" in options else (1024, "")
    total = disk.used + disk.room if disk.full else disk.capacity
    used = total - disk.room
    share = f"{100 * used // max(1, total)}%"
    heading = "Size" if "h" in options else "1K-blocks"
    rows = [f"Filesystem      {heading:>10} {'Used':>10} {'Available':>10} Use% Mounted on"]
    for name, mounted in (("/dev/block/dm-5", "/data"), ("/dev/fuse", "/storage/emulated")):
        sizes = " ".join(f"{size // unit}{suffix}".rjust(10) for size in (total, used, disk.room))
        rows.append(f"{name:<15} {sizes} {share:>4} {mounted}")
    await call.out("\n".join(rows) + "\n")
    return 0


async def getenforce(call: Call) -> int:
    await call.out("Enforcing\n")
    return 0


async def nproc(call: Call) -> int:
    await call.out("8\n")
    return 0


async def hostname(call: Call) -> int:
    await call.out("localhost\n")
    return 0


async def sleep(call: Call) -> int:
    options = read_options(call.name, call.args, "", least=1)
    seconds = 0.0
    for text in options.rest:
        unit = {"s": 1, "m": 60, "h": 3600, "d": 86_400}.get(text[-1:], 0)
        digits = text[:-1] if unit else text
        if not digits.replace(".", "", 1).isdigit() or len(digits) > 9:
            raise Usage(f"bad number '{text}'")
        seconds += float(digits) * (unit or 1)
    await asyncio.sleep(seconds)
    return 0


async def true(_: Call) -> int:
    return 0


async def false(_: Call) -> int:
    return 1


async def which(call: Call) -> int:
    from testbed.virtual.android.commands import COMMANDS as ALL

    options = read_options(call.name, call.args, "a")
    code = 0
    for name in options.rest:
        if name.removeprefix("/system/bin/") in ALL:
            await call.out(f"/system/bin/{name.removeprefix('/system/bin/')}\n")
        elif "/" in name and call.files.may(call.real(name), 1):
            await call.out(f"{name}\n")
        else:
            code = 1
    return code


async def reboot(call: Call) -> int:
    call.phone.background(call.phone.reboot(call.args[0] if call.args else ""))
    return 0


async def refused(call: Call) -> int:
    """What a shell user may not do."""
    await call.err(f"/system/bin/{call.name}: must be root\n")
    return 1


COMMANDS: Commands = {
    "date": date, "df": df, "false": false, "getenforce": getenforce, "hostname": hostname, "nproc": nproc,
    "reboot": reboot, "setenforce": refused, "sleep": sleep, "start": refused, "stop": refused, "true": true,
    "uname": uname, "uptime": uptime, "which": which,
}  # fmt: skip
