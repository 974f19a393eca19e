"""What is drawn of the app in front: its name, the state of its lifecycle, and what it says of itself."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

from testbed.virtual.android.profile import Profile
from testbed.virtual.android.screen.canvas import Canvas, Colour
from testbed.virtual.android.screen.font import COLUMNS

PALETTE: tuple[Colour, ...] = ((18, 24, 38), (38, 50, 76), (236, 240, 248), (134, 150, 182), (82, 189, 148))
BACKGROUND, BAR, TEXT, DIM, ACCENT = range(5)


def draw(profile: Profile, title: str, state: Mapping[str, str]) -> Canvas:
    """`title` "" is the launcher's."""
    canvas = Canvas(profile.width, profile.height, PALETTE)
    scale = max(2, profile.width // 270)
    margin, line = 8 * scale, 11 * scale
    letters = (profile.width - 2 * margin) // ((COLUMNS + 1) * scale)
    canvas.fill(0, 0, profile.width, 14 * scale, BAR)
    canvas.text(
        margin, 4 * scale, f"{profile.manufacturer} {profile.model} - Android {profile.release}", DIM, scale=scale
    )
    y = 24 * scale
    for part in textwrap.wrap(title or "Home", letters * 2 // 3)[:3]:
        canvas.text(margin, y, part, ACCENT if title else DIM, scale=scale * 3 // 2)
        y += line * 3 // 2
    canvas.fill(margin, y, profile.width - 2 * margin, scale // 2, BAR)
    y += line
    for name, value in state.items():
        canvas.text(margin, y, name, DIM, scale=scale)
        y += line
        for text in value.split("\n"):
            for part in textwrap.wrap(text, letters) or [""]:
                if y + line > profile.height:
                    return canvas
                canvas.text(margin, y, part, TEXT, scale=scale)
                y += line
        y += line // 2
    return canvas
