"""Picture: a switch over time, from top to bottom."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from docsite import switch_story
from docsite.drawing import LINE_HEIGHT, PADDING, Kind, Palette, Picture
from docsite.switch_story import Moment
from settings.names import COLOURS, Colour
from stacks.live_writer import LiveWriter, WriterReport

_WIDTH = 760
_COMMANDS = 320
_LANE, _GAP = 132, 10
_ROW = 92
_HEADING = 34


def draw(palette: Palette) -> str:
    """The picture in one palette, as SVG."""
    picture = Picture(
        palette,
        width=_WIDTH,
        title="A switch over time",
        description=(
            "Time runs from top to bottom. On the left the commands; beside them what the shared"
            " stack names, and the live DNS writers of blue and of green. In no row do both run."
        ),
    )
    for lane, heading in enumerate(("shared names", *(f"writers of {it}" for it in COLOURS))):
        picture.text(_x(lane) + _LANE / 2, PADDING + 16, heading, bold=True, middle=True)
    story = switch_story.tell()
    for row, moment in enumerate(story):
        _row(picture, PADDING + _HEADING + row * _ROW, row, moment)
    _handovers(picture, story)
    return picture.render()


def _x(lane: int) -> float:
    return _COMMANDS + lane * (_LANE + _GAP)


def _row(picture: Picture, y: float, number: int, moment: Moment) -> None:
    picture.line(PADDING, y, _WIDTH - PADDING, y)
    if moment.command:
        picture.text(PADDING, y + 24, f"{number}.", bold=True, muted=True)
        line = y + 24
        for command in (*moment.settings, moment.command):
            picture.text(PADDING + 22, line, _short(command), size=11, monospace=True)
            line += LINE_HEIGHT
    else:
        picture.text(PADDING, y + 24, f"Before: {moment.named.colour} is active", bold=True)
    kind, texts = _named(moment.named)
    _state(picture, 0, y, kind, texts)
    for lane, colour in enumerate(COLOURS, start=1):
        kind, texts = _writers(colour, moment.reports[colour], ended=colour in moment.ended)
        _state(picture, lane, y, kind, texts)


def _short(command: str) -> str:
    """A change of the settings without its stack; the text beside the picture has the whole."""
    return command.removesuffix(" -s shared") if "config" in command else command


def _named(named: LiveWriter) -> tuple[Kind, Sequence[str]]:
    kinds: Mapping[Colour | None, Kind] = {None: "plain", "blue": "blue", "green": "green"}
    doubt = [f"doubts {', '.join(named.unconfirmed)}"] if named.unconfirmed else []
    return kinds[named.colour], [named.colour or "nobody", f"term {named.term}", *doubt]


def _writers(colour: Colour, report: WriterReport, *, ended: bool) -> tuple[Kind, Sequence[str]]:
    said = f"said in term {report.term}"
    if report.running:
        kind: Kind = colour
        return kind, ["running", said]
    return ("ending", ["end, then: gone", said]) if ended else ("plain", ["none", said])


def _state(picture: Picture, lane: int, y: float, kind: Kind, texts: Sequence[str]) -> None:
    picture.box(_x(lane), y + 8, _LANE, _ROW - 16, kind, dashed=kind == "plain")
    line = y + 8 + (_ROW - 16 - len(texts) * LINE_HEIGHT) / 2 + 14
    for number, text in enumerate(texts):
        middle = _x(lane) + _LANE / 2
        picture.text(middle, line, text, size=13, bold=number == 0, muted=number > 0, middle=True)
        line += LINE_HEIGHT


def _handovers(picture: Picture, story: Sequence[Moment]) -> None:
    """Arrows from what an update reads to what it changes."""
    for row, (before, after) in enumerate(pairwise(story), start=1):
        y = PADDING + _HEADING + row * _ROW
        changed = [c for c in COLOURS if before.reports[c] != after.reports[c]]
        for colour in changed:
            lane = COLOURS.index(colour) + 1
            picture.arrow(_x(0) + _LANE - 14, y - 8, _x(lane) + 14, y + 8)
        if before.named != after.named and after.named.colour is not None:
            lane = COLOURS.index(switch_story.OLD) + 1
            picture.arrow(_x(lane) + 14, y - 8, _x(0) + _LANE - 14, y + 8)
