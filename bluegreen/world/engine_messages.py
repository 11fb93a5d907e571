"""What the engine says, as it stands in an error of ours."""

import re

_SIGNAL = re.compile(r"^ *code: -(\d+)$", re.MULTILINE)
"""How the Automation API tells that a signal ended the CLI."""

_NOBODY = "PULUMI_ACCESS_TOKEN must be set for login"
"""What the CLI says where nobody is logged in to a backend and nobody can be asked."""

_LOG_IN = (
    "nobody is logged in to the backend that keeps the states: run `pulumi login s3://BUCKET`, or"
    " let PULUMI_BACKEND_URL name it"
)

_TRACEBACK = re.compile(r'\s*(?:Traceback \(most recent call last\):|File ".*", line \d+.*)')


def describe_failed_command(error: Exception) -> str:
    """What a failed command of the CLI said, on one line."""
    killed = _SIGNAL.search(str(error))
    if killed:
        # What it had said until then explains nothing.
        return f"the engine was killed by signal {killed[1]}"
    if _NOBODY in str(error):
        return _LOG_IN
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    kept = [line for line in lines if line.startswith(("error:", "stderr:"))]
    return " ".join(kept or lines[-3:])


def strip_tracebacks(message: str) -> str:
    """A diagnostic without the frames of Python's tracebacks, which `pulumi up` shows."""
    kept: list[str] = []
    in_frame = False
    for line in message.strip().splitlines():
        in_frame = bool(_TRACEBACK.fullmatch(line)) or (in_frame and line.startswith(" "))
        if not in_frame:
            kept.append(line)
    return "\n".join(kept)
