"""Who has the folder of a local cloud: its server, by a lock that the system gives back.

The process id in `StateFolder.running` means something in one PID namespace only. From another
container with the same folder it names nobody, or somebody else, while the server lives.
"""

import fcntl
import os
from contextlib import suppress

from localcloud.state import StateFolder


def occupy(state: StateFolder) -> None:
    """Has the folder until this process ends.

    Raises:
        BlockingIOError: another server has it.
        OSError: the lock's file cannot be made.
    """
    # Never closed: the system gives the lock back with the process, however that ends.
    descriptor = os.open(state.lock, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def is_occupied(state: StateFolder) -> bool:
    """Whether a server has the folder, seen from here or not."""
    with suppress(FileNotFoundError), state.lock.open("rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
