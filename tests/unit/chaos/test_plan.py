"""Interruptions follow from seed and number alone, and every kind comes as often as any other."""

from collections import Counter

from development.chaos.plan import CARDS, Boundary, Ending, Kill, Victim, interruption, sample

DECKS = 30


def test_an_interruption_needs_none_of_those_before_it() -> None:
    assert list(sample(7, 40))[33] == interruption(7, 33)


def test_another_seed_is_another_run() -> None:
    assert list(sample(7, 40)) != list(sample(8, 40))


def test_every_deck_has_one_of_each_kind() -> None:
    plans = list(sample(3, DECKS * len(CARDS)))
    for deck in range(DECKS):
        kinds = [plan.kind for plan in plans[deck * len(CARDS) : (deck + 1) * len(CARDS)]]
        assert sorted(kinds) == sorted(CARDS)


def test_every_victim_comes_at_every_step_and_every_ending_comes() -> None:
    plans = list(sample(3, DECKS * len(CARDS)))
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
        for plan in sample(3, DECKS * len(CARDS))
        if (kill := plan.kill) and isinstance(kill.moment, Boundary) and kill.moment.edge == "ends"
    ]
    assert set(over) == {Victim.COMMAND, Victim.MACHINE}


def test_an_interruption_either_kills_or_has_faults() -> None:
    for plan in sample(5, DECKS * len(CARDS)):
        assert (plan.kill is None) == bool(plan.faults)


def test_it_is_kept_in_a_report_as_it_is() -> None:
    for plan in sample(5, len(CARDS)):
        assert type(plan).model_validate_json(plan.model_dump_json()) == plan


def test_it_is_said_in_words() -> None:
    kill = Kill(
        victim=Victim.ENGINE, moment=Boundary.model_validate({"step": "stop", "edge": "begins"})
    )
    plan = interruption(1, 0).model_copy(update={"kill": kill, "faults": (), "ending": Ending.BACK})
    assert str(plan) == "kill the engine at update stop begins; then back"
