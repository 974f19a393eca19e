"""The display: its size as it is and as `wm` overrides it, and whether it is lit."""

from __future__ import annotations

from testbed.virtual.android.profile import Profile


class Display:
    """Pixels and dpi."""

    def __init__(self, profile: Profile) -> None:
        self.physical = (profile.width, profile.height)
        self.physical_density = profile.density
        self.override: tuple[int, int] | None = None
        self.override_density: int | None = None
        self.on = True

    @property
    def width(self) -> int:
        return (self.override or self.physical)[0]

    @property
    def height(self) -> int:
        return (self.override or self.physical)[1]

    @property
    def density(self) -> int:
        return self.override_density or self.physical_density
