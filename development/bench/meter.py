"""Runs a command and writes what it used: ``python -I -S meter.py DESCRIPTOR COMMAND...``.

A process of its own, as small as a Python can be: Linux counts what a process had before it became
another program among its peak of memory.
"""

import os
import sys
import time


def main() -> None:
    """Writes seconds by the clock, seconds of processors, KiB at the peak and the exit code."""
    descriptor, *words = sys.argv[1:]
    began = time.monotonic()
    child = os.posix_spawnp(words[0], words, os.environ)
    _, status, used = os.wait4(child, 0)
    wall = time.monotonic() - began
    code = os.waitstatus_to_exitcode(status)
    said = f"{wall} {used.ru_utime + used.ru_stime} {used.ru_maxrss} {code}"
    os.write(int(descriptor), said.encode())


if __name__ == "__main__":
    main()
