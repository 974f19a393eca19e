"""id, whoami, groups (toybox)."""

from __future__ import annotations

from testbed.virtual.android.commands.call import Call, Commands
from testbed.virtual.android.commands.options import read_options
from testbed.virtual.android.storage.users import name_of

_CONTEXTS = {0: "u:r:su:s0", 2000: "u:r:shell:s0"}


async def identify(call: Call) -> int:
    options = read_options(call.name, call.args, "GgnruZ")
    user = call.state.user
    context = _CONTEXTS.get(user.uid, "u:r:runas_app:s0:c150,c256,c512,c768")
    groups = (user.gid, *user.groups)
    if "Z" in options:
        await call.out(f"{context}\n")
    elif "u" in options or "g" in options:
        await call.out(f"{user.name if 'n' in options else user.uid}\n")
    elif "G" in options:
        await call.out(" ".join(name_of(gid) if "n" in options else str(gid) for gid in groups) + "\n")
    else:
        named = ",".join(f"{gid}({name_of(gid)})" for gid in groups)
        await call.out(f"uid={user.uid}({user.name}) gid={user.gid}({user.name}) groups={named} context={context}\n")
    return 0


async def whoami(call: Call) -> int:
    await call.out(f"{call.state.user.name}\n")
    return 0


async def groups(call: Call) -> int:
    await call.out(" ".join(name_of(gid) for gid in (call.state.user.gid, *call.state.user.groups)) + "\n")
    return 0


COMMANDS: Commands = {"groups": groups, "id": identify, "whoami": whoami}
