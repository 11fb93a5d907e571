"""What a running local cloud says of programs that it still obtains, and waiting for one."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter

from localcloud import control
from localcloud.state import RunningCloud
from localcloud.telling import Telling
from localcloud.tools.catalogue import Tool
from localcloud.tools.progress import ToolError

_POLL = 0.2


class LaterTool(BaseModel):
    """One program that the local cloud started without.

    Attributes:
        name: of the program.
        version: pinned.
        state: ``waiting`` for its turn, ``at work``, ``there`` or ``failed``.
        doing: what is done to get it, or why it cannot be had.
        since: when it was asked for or, where nobody has, when it was begun; None before.
        wanted: whether something waits for it.
        path: where it is, once it is there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    version: str
    state: Literal["waiting", "at work", "there", "failed"]
    doing: str = ""
    since: datetime | None = None
    wanted: bool = False
    path: str = ""

    @property
    def is_coming(self) -> bool:
        """Whether it is still obtained."""
        return self.state in ("waiting", "at work")

    def __str__(self) -> str:
        """What is waited for, since when, and how far it is."""
        since = f" since {self.since.astimezone():%H:%M:%S}" if self.since else ""
        return f"waiting for {self.name} {self.version}{since}: {self.doing}"


def describe_failure(tool: LaterTool) -> str:
    """Why a program cannot be had, with the remedy."""
    return f"{tool.name} {tool.version} cannot be had: {tool.doing}"


_TOOLS = TypeAdapter(tuple[LaterTool, ...])


def read(cloud: RunningCloud) -> tuple[LaterTool, ...]:
    """All programs that the local cloud started without. Raises OSError."""
    return _TOOLS.validate_json(control.request(cloud, "GET", "tools"))


def want(cloud: RunningCloud, name: str) -> LaterTool | None:
    """Asks for a program before others; None where the local cloud started with it.

    One that could not be had is tried again. Raises OSError.
    """
    (found,) = _TOOLS.validate_json(control.request(cloud, "POST", "tools", name.encode())) or (
        None,
    )
    return found


def wait_for(cloud: RunningCloud, tool: Tool, say: Callable[[str], None]) -> str:
    """Waits until a program is there; its path, or none where the local cloud started with it.

    Args:
        cloud: the local cloud that obtains it.
        tool: one whose name no other tool has.
        say: told at once, and then every ten seconds, what is waited for.

    Raises:
        ToolError: it cannot be had.
        OSError: the local cloud does not answer any more.
    """
    found = want(cloud, tool.name)
    telling = Telling(say)
    while found is not None and found.is_coming:
        telling.tell(str(found))
        time.sleep(_POLL)
        found = next(it for it in read(cloud) if it.name == tool.name)
    if found is not None and found.state == "failed":
        raise ToolError(describe_failure(found))
    return found.path if found is not None else ""
