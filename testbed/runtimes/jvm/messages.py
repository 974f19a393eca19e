"""What is said to a worker and by it, as JSON in CONTROL frames."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from testbed.virtual.apps import Launch, Surroundings


class Setting(msgspec.Struct, frozen=True, rename="camel"):
    """Surroundings."""

    api: int
    properties: Mapping[str, str]
    locale: str
    time_zone: str
    width: int
    height: int
    density: int
    proxy: str
    online: bool

    @classmethod
    def of(cls, surroundings: Surroundings, proxy: str) -> Setting:
        return cls(**{**msgspec.structs.asdict(surroundings), "proxy": proxy})


class Start(msgspec.Struct, frozen=True, rename="camel"):
    package_name: str
    apk: str
    data: str
    launch: Launch
    setting: Setting


class Said(msgspec.Struct, frozen=True):
    """By the worker: an answer (`re` is the number of the order; `fault` why it could not be done, `refused` where
    nobody listens) or an event."""

    re: int = 0
    fault: str = ""
    refused: bool = False
    event: Literal["", "up", "log", "state", "exit", "idle"] = ""
    priority: int = 0
    tag: str = ""
    message: str = ""
    thread: int = 0
    state: Mapping[str, str] = {}
    by: Literal["", "itself", "exception", "system"] = ""
    code: int = 0
    stack: str = ""
    spent: str = ""
    held: int = 0


def order(number: int, do: str, **what: Any) -> bytes:
    return msgspec.json.encode({"id": number, "do": do, **what})


read_said = msgspec.json.Decoder(Said).decode
