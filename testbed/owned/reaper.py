"""The reaper's process: `python -m testbed.owned.reaper HOME FD`. It waits for the end of the one who owns HOME, and
clears away what the kernel does not undo by itself: folders, containers, children where no signal comes of a parent's
death.

FD is its end of a socket pair. One byte means that all is in order; an end of file that the owner is gone. It ends with
its owner whatever happens, and with nothing else: it has a session of its own, and signals are for its owner.
"""

from __future__ import annotations

import signal
import socket
import sys
from functools import partial
from pathlib import Path

from testbed.owned.leftovers import clear, of_home, of_root

GIVE_UP_AFTER_S = 60.0
"""A process that does not die of SIGKILL for so long is the kernel's fault; the next command looks again."""

STILL_S = 0.5
"""How long nothing new must be found: a child that was just being started when its owner died shows a little later."""


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    home, owner = Path(sys.argv[1]), socket.socket(fileno=int(sys.argv[2]))
    if not owner.recv(1):
        clear(partial(of_home, home), still_s=STILL_S, give_up_after_s=GIVE_UP_AFTER_S)
        clear(partial(of_root, home.parent), still_s=0, give_up_after_s=GIVE_UP_AFTER_S)


if __name__ == "__main__":
    main()
