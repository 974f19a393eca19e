"""ip and ifconfig: a phone in nobody's wifi has an address of a documentation net (RFC 5737)."""

from __future__ import annotations

from testbed.virtual.android.commands.call import Call, Commands

ADDRESS = "192.0.2.15"

_WLAN = """wlan0     Link encap:Ethernet  HWaddr 02:00:00:00:00:00
{address}          UP BROADCAST MULTICAST  MTU:1500  Metric:1

"""
_LOOPBACK = """lo        Link encap:Local Loopback
          inet addr:127.0.0.1  Mask:255.0.0.0
          UP LOOPBACK RUNNING  MTU:65536  Metric:1

"""
_LINK = "2: wlan0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc mq state UP group default qlen 3000\n"


async def ifconfig(call: Call) -> int:
    wanted = [arg for arg in call.args if not arg.startswith("-")]
    if wanted and wanted[0] not in {"lo", "wlan0"}:
        return await call.fail(f"{wanted[0]}: No such device")
    if not wanted or wanted[0] == "wlan0":
        address = f"          inet addr:{ADDRESS}  Bcast:192.0.2.255  Mask:255.255.255.0 \n"
        await call.out(_WLAN.format(address=address if _up(call) else ""))
    if not wanted or wanted[0] == "lo":
        await call.out(_LOOPBACK)
    return 0


async def ip(call: Call) -> int:
    match [arg for arg in call.args if not arg.startswith("-")]:
        case ["route", *_]:
            await call.out(f"192.0.2.0/24 dev wlan0 proto kernel scope link src {ADDRESS} \n" if _up(call) else "")
            return 0
        case ["a" | "addr" | "address", *rest]:
            device = next((arg for arg in rest if arg not in {"show", "dev", "list"}), "wlan0")
            if device != "wlan0":
                await call.err(f'Device "{device}" does not exist.\n')
                return 1
            inet = f"    inet {ADDRESS}/24 brd 192.0.2.255 scope global wlan0\n"
            await call.out(_LINK + (inet if _up(call) else ""))
            return 0
    await call.err("Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }\n")
    return 255


def _up(call: Call) -> bool:
    return call.phone.radios.on("wifi") and not call.phone.radios.airplane


COMMANDS: Commands = {"ifconfig": ifconfig, "ip": ip}
