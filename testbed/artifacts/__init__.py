"""Files of others' that testbed is made of, out of Maven repositories: pinned, fetched once a machine, checked by hash.

`read_pins` reads a table of them, `fetch` puts them into the cache, `cached` gives their paths and never touches the
network; `testbed.artifacts.maven` follows what a library needs. Knows nothing of plugins or devices.
"""

from typing import TYPE_CHECKING

from testbed.lazy import lazily

if TYPE_CHECKING:
    from testbed.artifacts.cache import cache_root, cached, path_of
    from testbed.artifacts.coordinates import Coordinates
    from testbed.artifacts.fetching import Progress, fetch, missing
    from testbed.artifacts.pins import ANDROID, Pin, Pinned, read_pins

__all__ = [
    "ANDROID",
    "Coordinates",
    "Pin",
    "Pinned",
    "Progress",
    "cache_root",
    "cached",
    "fetch",
    "missing",
    "path_of",
    "read_pins",
]

__getattr__ = lazily(
    __name__,
    {
        **dict.fromkeys(("cache_root", "cached", "path_of"), "cache"),
        "Coordinates": "coordinates",
        **dict.fromkeys(("Progress", "fetch", "missing"), "fetching"),
        **dict.fromkeys(("ANDROID", "Pin", "Pinned", "read_pins"), "pins"),
    },
)
