"""What is kept of a switch under load, and what follows from it."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from pydantic import Field

from development.experiments.results import RECORDED, Model

_PREFIX = "switch-"


class SwitchMoment(Model):
    """How it stood at one time.

    Attributes:
        second: since the command began.
        seconds: since the last look.
        load: requests a second by colour.
        ready: pods of the service by colour.
        unserved: requests a second that found no room.
    """

    second: float
    seconds: float
    load: Mapping[str, float]
    ready: Mapping[str, int]
    unserved: float


class SwitchResult(Model):
    """One switch to its end.

    Attributes:
        policy: key of the policy of both colours.
        warm: whether the new colour was warmed first.
        tree: of the code that it was measured with (`tree.digest_of_switch`).
        day: on which it was measured.
        processors: of the machine.
        load_before: others' load average of a minute as it began.
        requests: a second, all the time.
        command_seconds: that ``bluegreen switch`` took.
        to: the new colour.
        course: how it stood, second by second.
    """

    policy: str
    warm: bool
    tree: str
    day: date
    processors: int
    load_before: float
    requests: float
    command_seconds: float
    to: str
    course: tuple[SwitchMoment, ...] = Field(min_length=1)

    @property
    def file_name(self) -> str:
        """Of its file."""
        return file_name(self.policy, warm=self.warm)

    @property
    def first_moved(self) -> float:
        """When the first visitor came to the new colour; the end where none did."""
        return next(
            (it.second for it in self.course if it.load.get(self.to)), self.course[-1].second
        )

    @property
    def unserved_seconds(self) -> float:
        """With more requests than ready pods had room for."""
        return sum(it.seconds for it in self.course if it.unserved)

    @property
    def unserved_share(self) -> float:
        """Part of all requests that found no room."""
        whole = sum(it.seconds for it in self.course) * self.requests
        return sum(it.seconds * it.unserved for it in self.course) / whole if whole else 0.0

    @property
    def served_again(self) -> float:
        """Seconds from the first visitor until the new colour had room for all of them for good."""
        lacking = [it.second for it in self.course if it.unserved]
        return max(0.0, lacking[-1] - self.first_moved) if lacking else 0.0


def file_name(policy: str, *, warm: bool) -> str:
    """Of the file of a switch."""
    return f"{_PREFIX}{policy}-{'warm' if warm else 'cold'}.json"


def write(result: SwitchResult, folder: Path) -> Path:
    """Keeps a result; one of the same policy and kind is replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / result.file_name
    path.write_text(result.model_dump_json(by_alias=True) + "\n")
    return path


def read(folder: Path = RECORDED) -> list[SwitchResult]:
    """All of a folder, by policy, cold before warm. Raises pydantic.ValidationError."""
    found = [
        SwitchResult.model_validate_json(it.read_text()) for it in folder.glob(f"{_PREFIX}*.json")
    ]
    return sorted(found, key=lambda it: (it.policy, it.warm))
