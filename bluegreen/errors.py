"""What can go wrong, and the exit code of each."""

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes; `bluegreen --help` lists them."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    REFUSED = 3
    TAKEN_BACK = 4
    HALFWAY = 5
    BUSY = 6
    TRAFFIC = 7
    UNSEEN = 8
    MISTAKE = 70
    INTERRUPTED = 130


MEANINGS = {
    Exit.DONE: "done; for status: no rule is broken",
    Exit.FAILED: "an error before anything was changed, or outside a switch",
    Exit.USAGE: "wrong arguments",
    Exit.REFUSED: "a check or rule says no and nothing was changed; for status: a rule is broken;"
    " for preflight: the account lacks something",
    Exit.TAKEN_BACK: "the switch failed and was taken back: the old colour is active again",
    Exit.HALFWAY: "failed or ended halfway: run the same command again",
    Exit.BUSY: "another update holds a stack; nothing was changed",
    Exit.TRAFFIC: "drain: still in use, or not all of it can be watched, when its time was up",
    Exit.UNSEEN: "status, preflight: nothing is broken or lacking as far as was seen, and something"
    " was not seen",
    Exit.MISTAKE: "a mistake in this command itself: `bluegreen status` says where things stand",
    Exit.INTERRUPTED: "interrupted from the keyboard: run the same command again",
}
"""What each exit code says."""


def in_words(error: Exception) -> str:
    """What went wrong, for people: of a connection its cause, without numbers and brackets."""
    reason = getattr(error, "reason", None)
    cause = reason if isinstance(reason, Exception) else error
    return (cause.strerror if isinstance(cause, OSError) else None) or str(cause)


class OperatorError(Exception):
    """A command ends; the message is for the operator.

    Attributes:
        code: exit code.
    """

    code = Exit.FAILED


class RefusedError(OperatorError):
    """A check or rule says no, and nothing was changed."""

    code = Exit.REFUSED


class BusyError(OperatorError):
    """Another update holds a stack."""

    code = Exit.BUSY


class StillTrafficError(OperatorError):
    """Traffic did not end in time."""

    code = Exit.TRAFFIC


class TakenBackError(OperatorError):
    """A switch failed, and the old colour is active again."""

    code = Exit.TAKEN_BACK


class HalfwayError(OperatorError):
    """A switch or retirement failed between two steps."""

    code = Exit.HALFWAY
