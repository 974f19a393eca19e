"""Becomes another program that dies with its parent. Run as a script, in isolation: `python -I -S shim.py PARENT
PROGRAM ARG...`.

`kill -9` of the parent runs nothing of the parent's, so the kernel has to do it: PR_SET_PDEATHSIG (prctl(2), Linux
only) survives exec, and fires when the *thread* that forked ends. Elsewhere the reaper does it.
"""

import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, *command = sys.argv[1:]
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != int(parent):  # it died before the line above
            sys.exit(1)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
