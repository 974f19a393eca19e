"""Flight mode, wifi and mobile data. Settings show what they are; changing those alone switches nothing."""

from __future__ import annotations

from typing import Literal

from testbed.virtual.android.settings import Settings

Radio = Literal["wifi", "data"]
_SHOWN = {"wifi": "wifi_on", "data": "mobile_data"}


class Radios:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._on: dict[Radio, bool] = {"wifi": True, "data": True}
        self.airplane = False

    @property
    def online(self) -> bool:
        return not self.airplane and any(self._on.values())

    def on(self, radio: Radio) -> bool:
        return self._on[radio]

    def switch(self, radio: Radio, *, on: bool) -> None:
        self._on[radio] = on
        self._settings.put("global", _SHOWN[radio], str(int(on)))

    def fly(self, *, on: bool) -> None:
        self.airplane = on
        self._settings.put("global", "airplane_mode_on", str(int(on)))
