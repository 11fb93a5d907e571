"""Two colours and the shared stack, updated one after the other: what a switch acts on.

It decides as the program does (`handover.live_writer`): an update that the program would refuse
raises here too. `live_writer_world` searches all that updates at the same time can lead to; its
states are small and frozen for that, so it stays a model of its own.
"""

from dataclasses import dataclass, field
from typing import Literal

from handover.assignment import Assignment
from handover.live_names import EVERY_NAME, LiveNames
from handover.live_writer import LiveWriter, WriterReport, name_writer, next_report
from handover.steps import SwitchState
from settings.names import COLOURS, SHARED, Colour

Outcome = Literal["done", "killed before", "killed midway", "killed at the end"]
OUTCOMES: tuple[Outcome, ...] = ("done", "killed before", "killed midway", "killed at the end")
BLUE, GREEN = (Assignment(active=colour) for colour in COLOURS)


@dataclass
class SwitchWorld:
    """The stacks as the engine holds them, and what the clusters' pods write; blue is active.

    Attributes:
        configured: who is to write what, by the shared stack's file.
        named: output `liveWriter` of the shared stack.
        reports: output `liveWriters` of each colour.
        writing: names that each colour's pods write.
        unfinished: stacks in which an update was interrupted.
    """

    configured: Assignment = BLUE
    named: LiveWriter = field(default_factory=lambda: LiveWriter(colour="blue", term=2))
    reports: dict[Colour, WriterReport | None] = field(
        default_factory=lambda: {
            "blue": WriterReport(running=True, term=2, names="every name"),
            "green": WriterReport(running=False, term=2, names="no name"),
        }
    )
    writing: dict[Colour, LiveNames] = field(default_factory=lambda: {"blue": EVERY_NAME})
    unfinished: set[str] = field(default_factory=set)

    def state(self) -> SwitchState:
        """What decides the next step."""
        return SwitchState(
            configured=self.configured,
            listed=COLOURS,
            forgotten=(),
            named=self.named,
            reports=dict(self.reports),
            unfinished=frozenset(self.unfinished),
        )

    def update(self, stack: str, outcome: Outcome = "done") -> None:
        """One `pulumi up`, and how it ended."""
        if outcome == "killed before":
            return
        self.unfinished.add(stack)
        if stack == SHARED:
            self._update_shared(outcome)
        else:
            self._update_colour("blue" if stack == "blue" else "green", outcome)
        if outcome == "done":
            self.unfinished.discard(stack)

    def writers_of(self, name: str | None) -> list[Colour]:
        """Colours whose pods write a name; None stands for any that no canary has."""
        return [
            colour
            for colour, names in self.writing.items()
            if (name in names.chosen) != names.others
        ]

    def _update_shared(self, outcome: Outcome) -> None:
        named = name_writer(
            wanted=self.configured,
            listed=COLOURS,
            forgotten=(),
            previous=self.named,
            reports=self.reports,
        )
        if outcome != "killed midway":
            self.named = named

    def _update_colour(self, colour: Colour, outcome: Outcome) -> None:
        report = next_report(colour, named=self.named, previous=self.reports[colour])
        self.writing[colour] = self.named.assignment.names_of(colour)
        chosen = {name for names in self.writing.values() for name in names.chosen}
        for name in (*chosen, None):
            assert len(self.writers_of(name)) <= 1, f"{name or 'other names'}: {self.writing}"
        if outcome != "killed midway":
            self.reports[colour] = report
