"""settings (AOSP: SettingsProvider's SettingsService)."""

from __future__ import annotations

from typing import cast

from testbed.virtual.android.commands.call import Call, Commands
from testbed.virtual.android.settings import NAMESPACES, Namespace

USAGE = """Settings provider (settings) commands:
  help
      Print this help text.
  get [--user <USER_ID> | current] NAMESPACE KEY
      Retrieve the current value of KEY.
  put [--user <USER_ID> | current] NAMESPACE KEY VALUE [TAG] [default]
      Change the contents of KEY to VALUE.
  delete [--user <USER_ID> | current] NAMESPACE KEY
      Delete the entry for KEY.
  list [--user <USER_ID> | current] NAMESPACE
      Print all defined keys.
      NAMESPACE is one of {system, secure, global}, case-insensitive
"""

_NEEDS = {"get": 2, "put": 3, "delete": 2, "list": 1}
BAD = 255


async def settings(call: Call) -> int:
    args = list(call.args)
    while "--user" in args[1:]:
        at = args.index("--user")
        del args[at : at + 2]
    verb, *rest = args or ["help"]
    if verb in {"help", "-h"}:
        await call.out(USAGE)
        return 0
    if verb not in _NEEDS:
        await call.err(f"Invalid command: {verb}\n")
        return BAD
    if rest and rest[0].lower() not in NAMESPACES:
        await call.err(f"Invalid namespace '{rest[0]}'\n")
        return BAD
    if len(rest) < _NEEDS[verb]:
        await call.err("Bad arguments\n")
        return BAD
    return await _DONE[verb](call, cast(Namespace, rest[0].lower()), rest[1:])


async def _get(call: Call, namespace: Namespace, rest: list[str]) -> int:
    value = call.phone.settings.get(namespace, rest[0])
    await call.out(f"{'null' if value is None else value}\n")
    return 0


async def _put(call: Call, namespace: Namespace, rest: list[str]) -> int:
    call.phone.settings.put(namespace, rest[0], rest[1])
    await call.phone.activities.surround()
    return 0


async def _delete(call: Call, namespace: Namespace, rest: list[str]) -> int:
    there = call.phone.settings.delete(namespace, rest[0])
    await call.phone.activities.surround()
    await call.out(f"Deleted {int(there)} rows\n")
    return 0


async def _list(call: Call, namespace: Namespace, _: list[str]) -> int:
    await call.out("".join(f"{name}={value}\n" for name, value in call.phone.settings.all(namespace).items()))
    return 0


_DONE = {"get": _get, "put": _put, "delete": _delete, "list": _list}

COMMANDS: Commands = {"settings": settings}
