"""Updates wait for locks, settle what a killed engine left, and try again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from io import StringIO

import pytest
from rich.console import Console

from bluegreen.errors import BusyError, OperatorError
from bluegreen.recovery.recovery import Recovered
from bluegreen.report import Report
from bluegreen.snapshot import Lock, StackState
from bluegreen.updates import AskOperator, Patience, Updates
from bluegreen.world.content import StackContent
from bluegreen.world.stacks import LockedError, StackError

LIVE = Lock(holder="ann@host (pid 7)", since="now", dead=False, alive=True)
DEAD = LIVE.model_copy(update={"dead": True, "alive": False})
UNKNOWN = LIVE.model_copy(update={"alive": False})
UNNAMED = Lock(holder="an update that Pulumi Cloud knows of", dead=False)


@dataclass
class Engine:
    """Operations on one stack; `errors` are raised by the next ones, in their order."""

    errors: list[Exception] = field(default_factory=list)
    locks: tuple[Lock, ...] = ()
    pending: tuple[str, ...] = ()
    done: list[str] = field(default_factory=list)

    def read(self, stack: str) -> StackContent:
        return StackContent(StackState(name=stack, locks=self.locks, pending=self.pending))

    def up(self, stack: str, on_resource: Callable[[str], None]) -> None:
        self._do(f"up {stack}", on_resource)

    def destroy(self, stack: str, on_resource: Callable[[str], None]) -> None:
        self._do(f"destroy {stack}", on_resource)

    def settle(self, stack: str, on_resource: Callable[[str], None]) -> Recovered:
        self._do(f"settle {stack}", on_resource)
        left, self.pending = self.pending, ()
        return Recovered(stack=stack, adopted=dict.fromkeys(left, "id-1"), cleared=("Role [b]",))

    def break_locks(self, stack: str, dead: Sequence[Lock]) -> None:
        assert {lock.in_words for lock in dead} == {LIVE.in_words}
        self.done.append(f"cancel {stack}")
        self.locks = ()

    def _do(self, what: str, on_resource: Callable[[str], None]) -> None:
        self.done.append(what)
        if self.errors:
            raise self.errors.pop(0)
        on_resource("a resource")


def updates(
    engine: Engine, lock_seconds: float = 60.0, ask: AskOperator | None = None
) -> tuple[Updates, StringIO]:
    said = StringIO()
    patience = Patience(lock_seconds=lock_seconds, attempts=3, pause_seconds=0)
    report = Report(Console(file=said, width=200))
    made = Updates(engine, engine, report, patience, ask)  # pyright: ignore[reportArgumentType]
    return made, said


def test_an_update_is_one_up_and_says_why() -> None:
    engine = Engine()
    runner, said = updates(engine)
    runner.up("blue", "because")
    assert engine.done == ["up blue"]
    assert "pulumi up -s blue: because" in said.getvalue()


def test_what_a_killed_engine_left_is_settled_first_and_told() -> None:
    engine = Engine(pending=("creating web",))
    runner, said = updates(engine)
    runner.up("blue", "because")
    assert engine.done == ["settle blue", "up blue"]
    assert "adopted creating web: id-1" in said.getvalue()
    assert "made anew: Role [b]" in said.getvalue()


def test_nothing_is_settled_while_somebody_updates_the_stack() -> None:
    engine = Engine(pending=("creating web",), locks=(LIVE,))
    with pytest.raises(BusyError, match="ann@host"):
        updates(engine, lock_seconds=0)[0].recover("blue")
    assert engine.done == []


def test_a_dead_updates_lock_goes_before_anything_is_settled() -> None:
    engine = Engine(pending=("creating web",), locks=(DEAD,))
    assert updates(engine)[0].recover("blue").adopted == {"creating web": "id-1"}
    assert engine.done == ["cancel blue", "settle blue"]


def test_before_a_destroy_as_well_or_it_would_be_left_behind() -> None:
    engine = Engine(pending=("creating web",))
    updates(engine)[0].destroy("blue", "because")
    assert engine.done == ["settle blue", "destroy blue"]


def test_an_engine_that_is_killed_meanwhile_is_gone_on_with() -> None:
    engine = Engine()

    def once(stack: str, on_resource: Callable[[str], None]) -> None:
        engine._do(f"up {stack}", on_resource)
        if len(engine.done) == 1:
            engine.pending = ("creating web",)
            raise StackError("killed")

    engine.up = once
    updates(engine)[0].up("blue", "because")
    assert engine.done == ["up blue", "settle blue", "up blue"]


def test_what_cannot_be_settled_ends_the_command_at_once() -> None:
    engine = Engine([OperatorError("a role exists")], pending=("creating web",))
    with pytest.raises(OperatorError, match="a role exists"):
        updates(engine)[0].up("blue", "because")
    assert engine.done == ["settle blue"]


def test_what_fails_in_passing_is_tried_again_and_told() -> None:
    engine = Engine([StackError("throttled"), StackError("throttled")])
    runner, said = updates(engine)
    runner.up("blue", "because")
    assert engine.done == ["up blue"] * 3
    assert "trying again: throttled" in said.getvalue()


def test_what_fails_each_time_is_an_error() -> None:
    engine = Engine([StackError(f"error {number}") for number in range(3)])
    with pytest.raises(StackError, match="error 2"):
        updates(engine)[0].up("blue", "because")


def test_the_lock_of_a_dead_update_is_removed() -> None:
    engine = Engine([LockedError("blue", (DEAD,), "")], locks=(DEAD,))
    runner, said = updates(engine)
    runner.up("blue", "because")
    assert engine.done == ["up blue", "cancel blue", "up blue"]
    assert "removing the lock of ann@host (pid 7) on blue: it has died" in said.getvalue()


def test_an_update_that_runs_is_waited_for() -> None:
    engine = Engine([LockedError("blue", (LIVE,), "")] * 3, locks=(LIVE,))
    runner, said = updates(engine)
    runner.up("blue", "because")
    assert engine.done == ["up blue"] * 4
    told = said.getvalue()
    assert told.count("waiting: stack blue is held by another update") == 1
    assert "; this ends after 1 min" in " ".join(told.split())
    # A failure of each look would read as if the update had failed.
    assert "✗" not in told
    assert told.count("✓") == 1


def test_but_not_for_ever_and_its_lock_is_never_removed() -> None:
    engine = Engine([LockedError("blue", (LIVE, DEAD), "")] * 9, locks=(LIVE, DEAD))
    with pytest.raises(BusyError, match="ann@host"):
        updates(engine, lock_seconds=0)[0].up("blue", "because")
    assert "cancel blue" not in engine.done


def test_of_a_lock_of_which_nothing_is_known_it_is_told_what_to_do_and_it_stays() -> None:
    engine = Engine([LockedError("blue", (UNKNOWN,), "")], locks=(UNKNOWN,))
    runner, said = updates(engine)
    runner.up("blue", "because")
    assert engine.done == ["up blue"] * 2
    text = " ".join(said.getvalue().split())
    assert "waiting: stack blue is held by another update: ann@host (pid 7) since now." in text
    assert "give --dead-lock 'ann@host (pid 7) since now'" in text


@pytest.mark.parametrize(
    ("lock", "says"),
    [
        (UNKNOWN, "give --dead-lock 'ann@host .pid 7. since now'"),
        (LIVE, "wait for it: the process of ann@host .pid 7. lives"),
        (UNNAMED, "run `pulumi cancel -s blue` if you know that it has died"),
    ],
)
def test_an_error_says_so_as_well(lock: Lock, says: str) -> None:
    engine = Engine([LockedError("blue", (lock,), "")] * 9, locks=(lock,))
    with pytest.raises(BusyError, match=says):
        updates(engine, lock_seconds=0)[0].up("blue", "because")


@pytest.mark.parametrize("yes", [True, False])
def test_who_can_be_asked_is_asked_once(yes: bool) -> None:
    asked: list[str] = []

    def ask(question: str) -> bool:
        asked.append(question)
        return yes

    engine = Engine([LockedError("blue", (UNKNOWN,), "")] * 2, locks=(UNKNOWN,))
    runner, said = updates(engine, ask=ask)
    runner.up("blue", "because")
    assert len(asked) == 1
    assert "Stack blue is held by ann@host (pid 7) since now" in asked[0]
    assert ("cancel blue" in engine.done) == yes
    assert ("on blue: it is dead by your word" in said.getvalue()) == yes


@pytest.mark.parametrize("held", [(LIVE,), (UNKNOWN, LIVE), (UNNAMED,)])
def test_nobody_is_asked_about_what_lives_or_cannot_be_named(held: tuple[Lock, ...]) -> None:
    engine = Engine([LockedError("blue", held, "")], locks=held)
    updates(engine, ask=lambda _: pytest.fail("asked"))[0].up("blue", "because")
    assert "cancel blue" not in engine.done


def test_dead_locks_are_removed_where_nothing_is_due_and_no_others() -> None:
    engine = Engine()
    runner, said = updates(engine)
    runner.unlock(
        [
            StackState(name="shared"),
            StackState(name="blue", locks=(DEAD,)),
            StackState(name="green", locks=(DEAD, LIVE)),
        ]
    )
    assert engine.done == ["cancel blue"]
    assert "ann@host (pid 7) on blue: it has died" in said.getvalue()


def test_what_the_engine_says_is_quoted_as_it_is() -> None:
    error = "could not read plugin [/opt/bin/pulumi-language-python] stdout: EOF [bold]"
    engine = Engine([StackError(error), LockedError("blue", (LIVE,), error)])
    runner, said = updates(engine)
    runner.up("blue", "because")
    assert f"trying again: {error}" in said.getvalue()


def test_a_state_that_was_just_read_counts_for_the_first_attempt_alone() -> None:
    engine = Engine(pending=("creating web",))

    def settle(stack: str, on_resource: Callable[[str], None]) -> Recovered:
        engine._do(f"settle {stack}", on_resource)
        engine.pending = ()
        raise StackError("killed once it was settled")

    engine.settle = settle
    updates(engine)[0].up("blue", "because", engine.read("blue").state)
    assert engine.done == ["settle blue", "up blue"]
