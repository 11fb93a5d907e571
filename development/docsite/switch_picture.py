"""Picture: a switch over time, from top to bottom."""

from collections.abc import Mapping, Sequence

from development.docsite import switch_story
from development.docsite.drawing import LINE_HEIGHT, PADDING, WIDTH, Kind, Palette, Picture
from development.docsite.switch_story import Moment
from handover.live_writer import LiveWriter, WriterReport
from settings.names import COLOURS, Colour

_GAP = 10
_LANE = (WIDTH - 2 * PADDING - 2 * _GAP) / 3
_COMMAND, _BOX = 34, 74
_ROW = _COMMAND + _BOX + 8
_HEADING = 30


def draw(palette: Palette) -> str:
    """The picture in one palette, as SVG."""
    picture = Picture(
        palette,
        title="A switch over time",
        description=(
            "Time runs from top to bottom. Above each row its commands; below them what the shared"
            " stack names, and the live DNS writers of blue and of green. In no row do both run."
        ),
    )
    for lane, heading in enumerate(("shared names", *(f"writers of {it}" for it in COLOURS))):
        picture.text(_x(lane) + _LANE / 2, PADDING + 16, heading, bold=True, middle=True)
    for row, moment in enumerate(switch_story.moments()):
        _row(picture, PADDING + _HEADING + row * _ROW, row, moment)
    return picture.render()


def _x(lane: int) -> float:
    return PADDING + lane * (_LANE + _GAP)


def _row(picture: Picture, y: float, number: int, moment: Moment) -> None:
    picture.line(PADDING, y, WIDTH - PADDING, y)
    if moment.command:
        commands = "; ".join(_short(it) for it in (*moment.settings, moment.command))
        picture.text(PADDING, y + 22, f"{number}.", bold=True)
        picture.text(PADDING + 20, y + 22, commands, size=12, monospace=True)
    else:
        picture.text(PADDING, y + 22, f"Before: {moment.named.colour} is active", bold=True)
    kind, texts = _named(moment.named)
    _state(picture, 0, y, kind, texts)
    for lane, colour in enumerate(COLOURS, start=1):
        kind, texts = _writers(colour, moment.reports[colour], ended=colour in moment.ended)
        _state(picture, lane, y, kind, texts)


def _short(command: str) -> str:
    """A change of the settings in short; the text beside the picture has the whole."""
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
    picture.box(_x(lane), y + _COMMAND, _LANE, _BOX, kind, dashed=kind == "plain")
    line = y + _COMMAND + (_BOX - len(texts) * LINE_HEIGHT) / 2 + 14
    for number, text in enumerate(texts):
        middle = _x(lane) + _LANE / 2
        picture.text(middle, line, text, size=13, bold=number == 0, muted=number > 0, middle=True)
        line += LINE_HEIGHT
