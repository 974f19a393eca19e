"""Files of others' that testbed is made of, out of Maven repositories: pinned, fetched once a machine, checked by hash.

`read_pins` reads a table of them, `fetch` puts them into the cache, `cached` gives their paths and never touches the
network; `resolve` follows what a library needs. Knows nothing of plugins or devices.
"""

from testbed.artifacts.cache import cache_root, cached, path_of
from testbed.artifacts.coordinates import Coordinates
from testbed.artifacts.fetching import Progress, fetch
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
    "path_of",
    "read_pins",
]
