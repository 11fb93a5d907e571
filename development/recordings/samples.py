"""What the operator command saw of a platform, kept so that its renderers can show it anew."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from bluegreen.drain import TrafficReading
from bluegreen.snapshot import Snapshot
from bluegreen.switch import Plan
from settings.names import Colour

FOLDER = Path(__file__).parent / "recorded"
BEFORE, AFTER = FOLDER / "before-switch.json", FOLDER / "after-switch.json"
DEMO, SWITCH = FOLDER / "demo.cast", FOLDER / "switch.cast"


class Sample(BaseModel):
    """One moment.

    Attributes:
        snapshot: the platform.
        traffic: of each colour's load balancers.
        plan: what a switch would do; None where none was asked for.
    """

    model_config = ConfigDict(frozen=True)

    snapshot: Snapshot
    traffic: dict[Colour, TrafficReading]
    plan: Plan | None = None

    def write(self, path: Path) -> None:
        """Writes it as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.model_dump_json(indent=1) + "\n")

    @classmethod
    def read(cls, path: Path) -> "Sample":
        """Reads one that `write` wrote."""
        return cls.model_validate_json(path.read_text())
