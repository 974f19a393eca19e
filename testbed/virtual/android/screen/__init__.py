"""The phone's screen: a picture of what is in front."""

from testbed.virtual.android.screen.canvas import Canvas
from testbed.virtual.android.screen.display import Display
from testbed.virtual.android.screen.picture import draw

__all__ = ["Canvas", "Display", "draw"]
