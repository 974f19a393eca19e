"""The settings provider: three namespaces of strings (AOSP: packages/SettingsProvider)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from testbed.virtual.android.profile import Profile

Namespace = Literal["system", "secure", "global"]
NAMESPACES: tuple[Namespace, ...] = get_args(Namespace)


class Settings:
    def __init__(self, profile: Profile) -> None:
        self._tables: dict[Namespace, dict[str, str]] = {
            "system": {
                "font_scale": "1.0",
                "screen_brightness": "102",
                "screen_brightness_mode": "0",
                "screen_off_timeout": "60000",
                "user_rotation": "0",
            },
            "secure": {
                "android_id": "",
                "default_input_method": "com.android.inputmethod.latin/.LatinIME",
                "enabled_input_methods": "com.android.inputmethod.latin/.LatinIME",
                "user_setup_complete": "1",
            },
            "global": {
                "adb_enabled": "1",
                "airplane_mode_on": "0",
                "animator_duration_scale": "1.0",
                "auto_time": "1",
                "device_name": profile.model,
                "device_provisioned": "1",
                "mobile_data": "1",
                "transition_animation_scale": "1.0",
                "wifi_on": "1",
                "window_animation_scale": "1.0",
            },
        }

    def get(self, namespace: Namespace, name: str) -> str | None:
        return self._tables[namespace].get(name)

    def put(self, namespace: Namespace, name: str, value: str) -> None:
        self._tables[namespace][name] = value

    def delete(self, namespace: Namespace, name: str) -> bool:
        """Whether there was one."""
        return self._tables[namespace].pop(name, None) is not None

    def all(self, namespace: Namespace) -> Mapping[str, str]:
        return dict(sorted(self._tables[namespace].items()))

    @property
    def proxy(self) -> str:
        """`http_proxy`, "" for none; ":0" is what clears it (android.net.Proxy, ProxyTracker)."""
        proxy = self.get("global", "http_proxy") or ""
        return "" if proxy in {":0", "null"} else proxy
