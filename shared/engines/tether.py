"""Ties a server process to the life of whoever started it, then becomes that server.

`supervise` runs this file as `python -I tether.py <parent's pid> <command...>`: it asks Linux to kill it
when its parent dies, whatever killed the parent, and replaces itself by the command (the wish survives
`exec`). It is a file of its own because doing this between `fork` and `exec` of a process with threads may
deadlock. It imports nothing of the project.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # <sys/prctl.h>


def main(parent: int, command: list[str]) -> None:
    """Become `command`, tied to `parent`.

    Where the system cannot tie processes (not Linux), only become it.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before the line above: nobody would ever kill us
            sys.exit("the process that asked for this server is gone")
    os.execvp(command[0], command)  # noqa: S606 (the command is a list from supervise, no shell)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
