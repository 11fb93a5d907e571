"""What a call to an API server or to AWS failed with, in one line for the server's log."""

import json
from typing import cast

from kubernetes.client.exceptions import ApiException

_LONGEST = 300


def one_line(error: BaseException) -> str:
    """A failure as one short line.

    Of an API server's answer its status and message are kept: the generated client's own text has
    all headers and the body on lines of their own.
    """
    text = _answer(error) if isinstance(error, ApiException) else f"{error}"
    line = " ".join(text.split()) or type(error).__name__
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def _answer(error: ApiException) -> str:
    status = f"{error.status} {error.reason}" if error.status else f"{error.reason}"
    message = _message(error.body)
    return f"{status}: {message}" if message else status


def _message(body: object) -> str:
    """What a Status says; an answer that is none says it itself."""
    text = body.decode(errors="replace") if isinstance(body, bytes) else f"{body or ''}"
    try:
        status: object = json.loads(text)
    except ValueError:
        return text
    if isinstance(status, dict):
        return str(cast("dict[str, object]", status).get("message") or text)
    return text
