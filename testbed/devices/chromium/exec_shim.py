"""Becomes another program that dies with its parent. Run as a script, in isolation: `python -I -S exec_shim.py
PARENT READ WRITE PROGRAM ARG...`; READ and WRITE become descriptors 3 and 4.

`kill -9` of the parent runs nothing of the parent's, so the kernel has to do it: PR_SET_PDEATHSIG (prctl(2), Linux
only) survives exec and fires when the *thread* that forked ends. Elsewhere the closing pipe ends the browser.
"""

import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, read, write = (int(word) for word in sys.argv[1:4])
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before the line above
            sys.exit(1)
    # Through high numbers, since either may already be 3 or 4.
    import fcntl

    read, write = (fcntl.fcntl(fd, fcntl.F_DUPFD, 64) for fd in (read, write))
    os.dup2(read, 3, inheritable=True)
    os.dup2(write, 4, inheritable=True)
    os.close(read)
    os.close(write)
    os.execv(sys.argv[4], sys.argv[4:])


if __name__ == "__main__":
    main()
