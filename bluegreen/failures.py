"""What errors of others mean to the operator."""

from botocore.exceptions import BotoCoreError, ClientError

from bluegreen.errors import Exit
from handover.steps import NotReadyError
from teardown import TeardownError


def meaning_of(error: Exception) -> tuple[Exit, str] | None:
    """Exit code and words of an error; None of one that nobody foresaw."""
    if isinstance(error, TeardownError):
        return Exit.FAILED, str(error)
    if isinstance(error, NotReadyError):
        return Exit.REFUSED, str(error)
    if isinstance(error, BotoCoreError | ClientError):
        return Exit.FAILED, f"AWS could not be asked: {error}"
    return None
