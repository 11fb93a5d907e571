"""Interruptions follow from seed and number alone, and every kind comes as often as any other."""

from collections import Counter

import pytest

from development.chaos.plan import (
    CARDS,
    Boundary,
    Ending,
    Interruption,
    Kill,
    Victim,
    interruption,
)

DECKS = 30


def first(seed: int, count: int) -> list[Interruption]:
    """The first interruptions of a seed."""
    return [interruption(seed, number) for number in range(count)]


@pytest.mark.parametrize(
    ("seed", "number", "words"),
    [
        (7, 33, "kill the machine at update dismiss ends; then back"),
        (7, 0, "kill the machine at update stop ends; then plain updates again"),
    ],
)
def test_an_interruption_stays_what_a_report_has_called_it(
    seed: int, number: int, words: str
) -> None:
    assert str(interruption(seed, number)) == words


def test_another_seed_is_another_run() -> None:
    assert first(7, 40) != [plan.model_copy(update={"seed": 7}) for plan in first(8, 40)]


def test_every_deck_has_one_of_each_kind() -> None:
    plans = first(3, DECKS * len(CARDS))
    for deck in range(DECKS):
        kinds = [plan.kind for plan in plans[deck * len(CARDS) : (deck + 1) * len(CARDS)]]
        assert sorted(kinds) == sorted(CARDS)


def test_every_victim_comes_at_every_step_and_every_ending_comes() -> None:
    plans = first(3, DECKS * len(CARDS))
    kills = [plan.kill for plan in plans if plan.kill]
    begins = Counter(
        (kill.moment.step, kill.victim)
        for kill in kills
        if isinstance(kill.moment, Boundary) and kill.moment.edge == "begins"
    )
    assert len(begins) == 4 * len(Victim)
    assert set(begins.values()) == {DECKS // len(Victim)}
    assert {plan.ending for plan in plans} == set(Ending)


def test_nobody_is_killed_who_has_ended_by_then() -> None:
    over = [
        kill.victim
        for plan in first(3, DECKS * len(CARDS))
        if (kill := plan.kill) and isinstance(kill.moment, Boundary) and kill.moment.edge == "ends"
    ]
    assert set(over) == {Victim.COMMAND, Victim.MACHINE}


def test_an_interruption_either_kills_or_has_faults() -> None:
    for plan in first(5, DECKS * len(CARDS)):
        assert (plan.kill is None) == bool(plan.faults)


def test_it_is_kept_in_a_report_as_it_is() -> None:
    for plan in first(5, len(CARDS)):
        assert type(plan).model_validate_json(plan.model_dump_json()) == plan


def test_it_is_said_in_words() -> None:
    kill = Kill(
        victim=Victim.ENGINE, moment=Boundary.model_validate({"step": "stop", "edge": "begins"})
    )
    plan = interruption(1, 0).model_copy(update={"kill": kill, "faults": (), "ending": Ending.BACK})
    assert str(plan) == "kill the engine at update stop begins; then back"
