"""A model of phone, as a file in profiles/ describes it; its name there is the one of `-d android:NAME`."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from importlib.resources import files

import msgspec

from testbed.errors import UsageError

_FOLDER = files("testbed.virtual.android") / "profiles"


class Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one model is and has. Screen in pixels, `density` in dpi; `build` is its ro.build.id; `features` as
    `pm list features` names them, beyond those that every phone has."""

    id: str = ""
    brand: str
    manufacturer: str
    model: str
    name: str
    device: str
    board: str
    abis: Sequence[str]
    api: int
    release: str
    build: str
    incremental: str
    security_patch: str
    width: int
    height: int
    density: int
    locale: str = "en-US"
    time_zone: str = "UTC"
    features: Sequence[str] = ()

    @property
    def fingerprint(self) -> str:
        """As CTS demands it: BRAND/NAME/DEVICE:RELEASE/ID/INCREMENTAL:TYPE/TAGS (android.os.Build.FINGERPRINT)."""
        return (
            f"{self.brand}/{self.name}/{self.device}:{self.release}/{self.build}/{self.incremental}:user/release-keys"
        )


@functools.cache
def profile(name: str) -> Profile:
    """The profile `name`. Raises UsageError, which lists those that there are."""
    if name not in profiles():
        raise UsageError(f"there is no virtual phone {name!r}", fix=f"name one of {', '.join(profiles())}")
    read = msgspec.toml.decode((_FOLDER / f"{name}.toml").read_bytes(), type=Profile)
    return msgspec.structs.replace(read, id=name)


@functools.cache
def profiles() -> tuple[str, ...]:
    """The names of all profiles, in order of the alphabet."""
    return tuple(sorted(each.name.removesuffix(".toml") for each in _FOLDER.iterdir() if each.name.endswith(".toml")))
