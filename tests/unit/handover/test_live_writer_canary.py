"""A canary: which names change hands, and what to run when they cannot."""

import pytest

from handover.assignment import Assignment, assign
from handover.live_names import LiveNames
from handover.live_writer import (
    Canary,
    LiveWriter,
    LiveWriterError,
    WriterReport,
    name_writer,
    next_report,
)
from settings.names import COLOURS, Colour

WEB, SHOP = "web.devinfra.fr", "shop.devinfra.fr"
OTHERS, ONLY = (str(LiveNames(others=others, chosen=(WEB,))) for others in (True, False))


def _wanted(active: Colour | None, canary: Colour | None = None, *names: str) -> Assignment:
    return assign(active, canary, names)


def _named(
    active: Colour | None,
    term: int,
    *unconfirmed: Colour,
    canary: Colour | None = None,
    names: tuple[str, ...] = (),
) -> LiveWriter:
    given = Canary(colour=canary, names=names) if names else None
    return LiveWriter(colour=active, canary=given, term=term, unconfirmed=unconfirmed)


def _report(names: str, term: int) -> WriterReport:
    return WriterReport(running=names != "no name", term=term, names=names)


BLUE = _named("blue", 4)
TAKEN = _named("blue", 4, "blue", names=(WEB,))
ON_GREEN = _named("blue", 4, canary="green", names=(WEB,))


@pytest.mark.parametrize(
    ("wanted", "previous", "reports", "expected"),
    [
        # There: blue writes the name no more, says so, and green is given it.
        (_wanted("blue", None, WEB), BLUE, {}, _named("blue", 5, "blue", names=(WEB,))),
        (_wanted("blue", None, WEB), TAKEN, {"blue": _report("every name", 3)}, TAKEN),
        (
            _wanted("blue", "green", WEB),
            TAKEN,
            {"blue": _report(OTHERS, 4)},
            _named("blue", 5, canary="green", names=(WEB,)),
        ),
        # And back.
        (
            _wanted("blue", None, WEB),
            ON_GREEN,
            {"green": _report(ONLY, 4)},
            _named("blue", 5, "green", names=(WEB,)),
        ),
        (
            _wanted("blue"),
            _named("blue", 5, "green", names=(WEB,)),
            {"green": _report("no name", 5)},
            _named("blue", 6),
        ),
        # Changed one's mind before anybody else had the name.
        (_wanted("blue"), TAKEN, {"blue": _report("every name", 3)}, _named("blue", 5)),
        # The switch to the canary's colour: its natural end.
        (
            _wanted(None, "green", WEB),
            ON_GREEN,
            {},
            _named(None, 5, "blue", canary="green", names=(WEB,)),
        ),
        (
            _wanted("green", "green", WEB),
            _named(None, 5, "blue", canary="green", names=(WEB,)),
            {"blue": _report("no name", 5)},
            _named("green", 6),
        ),
        # The order of names means nothing, and the same again no new term.
        (
            _wanted("blue", "green", WEB, SHOP),
            _named("blue", 4, canary="green", names=(SHOP, WEB)),
            {},
            _named("blue", 4, canary="green", names=(SHOP, WEB)),
        ),
        # A colour that got a few names back may still write all.
        (
            _wanted(None, "blue", WEB),
            _named(None, 4, "blue"),
            {"blue": _report("every name", 3)},
            _named(None, 5, "blue", canary="blue", names=(WEB,)),
        ),
    ],
)
def test_who_is_given_which_names(
    wanted: Assignment,
    previous: LiveWriter,
    reports: dict[Colour, WriterReport],
    expected: LiveWriter,
) -> None:
    named = name_writer(
        wanted=wanted, listed=COLOURS, forgotten=(), previous=previous, reports=reports
    )
    assert named == expected


def _way(change: str, ups: str, back: str) -> str:
    return (
        f"{change}, run `pulumi up -s shared`, then {ups}, then {back} and run"
        " `pulumi up -s shared` again"
    )


UP_BLUE, UP_GREEN = (f"`pulumi up -s {colour}`" for colour in COLOURS)
NO_COLOUR = "Leave eks-platform:canary without a colour, its names"
NO_ACTIVE = "Remove eks-platform:activeColour"
GREEN_WAITS = f"green cannot write {WEB} yet: blue may still run live DNS writers. "


@pytest.mark.parametrize(
    ("wanted", "previous", "reports", "error"),
    [
        (
            _wanted("blue", "green", WEB),
            BLUE,
            {"blue": _report("every name", 4)},
            GREEN_WAITS
            + _way(
                f"{NO_COLOUR} {WEB}", UP_BLUE, f"set its colour to green and its names to {WEB}"
            ),
        ),
        (
            _wanted("blue", "green", WEB),
            TAKEN,
            {"blue": _report(OTHERS, 3)},
            GREEN_WAITS + f"Run {UP_BLUE}, then `pulumi up -s shared` again",
        ),
        (  # the right term of a forgotten past
            _wanted("blue", "green", WEB),
            TAKEN,
            {"blue": _report("every name", 4)},
            GREEN_WAITS + f"Run {UP_BLUE}, then `pulumi up -s shared` again",
        ),
        (
            _wanted("blue"),
            ON_GREEN,
            {"green": _report("no name", 3)},
            f"blue cannot write {WEB} yet: green may still run live DNS writers. "
            + _way(f"{NO_COLOUR} {WEB}", UP_GREEN, "remove eks-platform:canary"),
        ),
        (
            _wanted("blue", "green", SHOP),
            ON_GREEN,
            {},
            f"blue cannot write {WEB} and green cannot write {SHOP} yet: blue and green may still"
            " run live DNS writers. "
            + _way(
                f"{NO_COLOUR} {SHOP}, {WEB}",
                f"{UP_BLUE}, {UP_GREEN}",
                f"set its colour to green and its names to {SHOP}",
            ),
        ),
        (
            _wanted("green"),
            ON_GREEN,
            {},
            "green cannot be the active colour yet: blue may still run live DNS writers. "
            + _way(NO_ACTIVE, UP_BLUE, "set activeColour to green"),
        ),
        (
            _wanted("blue", "green", WEB),
            None,
            {},
            "blue cannot be the active colour yet: blue and green may still run live DNS writers. "
            + _way(
                f"{NO_ACTIVE} and eks-platform:canary", f"{UP_BLUE}, {UP_GREEN}", "put them back"
            ),
        ),
    ],
)
def test_why_nobody_is_given_names(
    wanted: Assignment,
    previous: LiveWriter | None,
    reports: dict[Colour, WriterReport],
    error: str,
) -> None:
    with pytest.raises(LiveWriterError) as raised:
        name_writer(wanted=wanted, listed=COLOURS, forgotten=(), previous=previous, reports=reports)
    assert str(raised.value) == error


@pytest.mark.parametrize(("colour", "names"), [("blue", OTHERS), ("green", ONLY)])
def test_each_colour_reports_the_names_it_writes(colour: Colour, names: str) -> None:
    assert next_report(colour, named=ON_GREEN, previous=None) == _report(names, 4)


def test_a_canary_that_nobody_writes_or_the_active_colour_is_none() -> None:
    assert _wanted("blue", "blue", WEB) == _wanted("blue")
    assert _wanted(None, None, WEB) == _wanted(None)
    assert _wanted("blue", None, WEB) != _wanted("blue")
