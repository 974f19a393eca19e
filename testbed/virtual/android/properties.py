"""System properties: what getprop lists (AOSP: system/core/init/property_service.cpp)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from testbed.virtual.android.profile import Profile

MAX_VALUE = 91
"""PROP_VALUE_MAX without its end, for all but ro.*"""


class Properties(Mapping[str, str]):
    """Read-only from outside but for `set`, which is setprop."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._values))

    def __len__(self) -> int:
        return len(self._values)

    def set(self, name: str, value: str) -> bool:
        """Whether it could be set: ro.* only once, a name by the rules of property_service.cpp, a value that fits."""
        legal = name and not name.startswith(".") and not name.endswith(".") and ".." not in name
        if not legal or not all(c.isalnum() or c in ".-@:_" for c in name):
            return False
        if (name.startswith("ro.") and name in self._values) or len(value.encode()) > MAX_VALUE:
            return False
        self._values[name] = value
        return True

    def boot(self, done: bool) -> None:
        """What the system says of its own start: until then `sys.boot_completed` is not there."""
        if done:
            self._values.update({"sys.boot_completed": "1", "dev.bootcomplete": "1", "init.svc.bootanim": "stopped"})
        else:
            self._values.pop("sys.boot_completed", None)
            self._values.pop("dev.bootcomplete", None)
            self._values["init.svc.bootanim"] = "running"


def of(profile: Profile, serial: str) -> Properties:
    """The properties of a phone of this model."""
    product = {
        "brand": profile.brand,
        "device": profile.device,
        "manufacturer": profile.manufacturer,
        "model": profile.model,
        "name": profile.name,
    }
    return Properties(
        {
            **{f"ro.product.{key}": value for key, value in product.items()},
            **{f"ro.product.system.{key}": value for key, value in product.items()},
            **{f"ro.product.vendor.{key}": value for key, value in product.items()},
            "ro.product.board": profile.board,
            "ro.product.cpu.abi": profile.abis[0],
            "ro.product.cpu.abilist": ",".join(profile.abis),
            "ro.product.cpu.abilist32": ",".join(abi for abi in profile.abis if "64" not in abi),
            "ro.product.cpu.abilist64": ",".join(abi for abi in profile.abis if "64" in abi),
            "ro.product.first_api_level": str(profile.api),
            "ro.product.locale": profile.locale,
            "ro.build.id": profile.build,
            "ro.build.display.id": profile.build,
            "ro.build.fingerprint": profile.fingerprint,
            "ro.build.description": f"{profile.name}-user {profile.release} {profile.build} {profile.incremental} "
            "release-keys",
            "ro.build.product": profile.device,
            "ro.build.tags": "release-keys",
            "ro.build.type": "user",
            "ro.build.characteristics": "nosdcard",
            "ro.build.version.all_codenames": "REL",
            "ro.build.version.codename": "REL",
            "ro.build.version.incremental": profile.incremental,
            "ro.build.version.preview_sdk": "0",
            "ro.build.version.release": profile.release,
            "ro.build.version.sdk": str(profile.api),
            "ro.build.version.security_patch": profile.security_patch,
            "ro.adb.secure": "1",
            "ro.arch": "arm64",
            "ro.boot.serialno": serial,
            "ro.bootloader": "unknown",
            "ro.crypto.state": "encrypted",
            "ro.debuggable": "0",
            "ro.hardware": profile.board,
            "ro.secure": "1",
            "ro.serialno": serial,
            "ro.sf.lcd_density": str(profile.density),
            "ro.zygote": "zygote64_32",
            "dalvik.vm.heapsize": "512m",
            "gsm.sim.state": "ABSENT",
            "persist.sys.locale": profile.locale,
            "persist.sys.timezone": profile.time_zone,
            "sys.usb.state": "adb",
        }
    )
