"""Waiting for live names, asked over real DNS on loopback."""

from collections.abc import Callable, Mapping, Sequence
from io import StringIO

import pytest
from rich.console import Console

from bluegreen.moved import NamesError, NamesWait, SilentServersError
from bluegreen.name_servers import NameServers
from bluegreen.report import Report
from bluegreen.snapshot import Record, Snapshot
from bluegreen.updates import Patience
from bluegreen.world.resolver import ResolverError, Server
from handover.assignment import Assignment
from tests.unit.bluegreen.snapshots import host, kube, live_set, snapshot
from tests.unit.bluegreen.test_resolver import serving

WEB, NEW = "web.example.com", "new.example.com"
GREEN = Assignment(active="green")
OLD_ADDRESS, NEW_ADDRESS = "127.0.1.1", "127.0.2.1"
HOSTS = {host("blue"): [OLD_ADDRESS], host("green"): [NEW_ADDRESS]}


class World:
    """Shows Route 53 as it is by then: each look takes the next of what it holds."""

    def __init__(self, names: Sequence[str], *looks: Sequence[Record]) -> None:
        self._view = kube("green", names)
        self._looks = list(looks)

    def everything(self) -> Snapshot:
        return snapshot(green={"kube": self._view}, records=self._looks[0])

    def refresh_records(self, seen: Snapshot) -> Snapshot:
        if len(self._looks) > 1:
            self._looks.pop(0)
        return seen.model_copy(update={"records": tuple(self._looks[0])})


def servers(*given: Server) -> NameServers:
    return NameServers(None, given)  # pyright: ignore[reportArgumentType] - no zone is asked for


def waiting(
    world: World,
    server: Server,
    *,
    waived: Sequence[str] = (),
    seconds: float = 60.0,
    new_seconds: float = 0.0,
) -> tuple[Callable[[], int], StringIO]:
    said = StringIO()
    patience = Patience(
        names_seconds=seconds,
        new_names_seconds=new_seconds,
        pause_seconds=0.0,
        records_seconds=0.0,
    )
    report = Report(Console(file=said, width=200))
    wait = NamesWait(world, servers(server), report, patience)  # pyright: ignore[reportArgumentType]
    return lambda: wait.wait(GREEN, waived), said


def book(**answers: list[str]) -> Mapping[str, list[str]]:
    return HOSTS | {f"{name}.example.com": found for name, found in answers.items()}


def test_it_ends_when_dns_and_route_53_agree() -> None:
    with serving(book(web=[NEW_ADDRESS])) as server:
        wait, _ = waiting(World([WEB], live_set(WEB, host("green"))), server)
        assert wait() == 1


def test_an_old_address_at_the_deadline_is_a_failure() -> None:
    with serving(book(web=[OLD_ADDRESS])) as server:
        wait, _ = waiting(World([WEB], live_set(WEB, host("green"))), server, seconds=0)
        with pytest.raises(NamesError, match=OLD_ADDRESS) as raised:
            wait()
    assert not isinstance(raised.value, SilentServersError)


def test_servers_that_give_nothing_are_told_from_names_that_have_not_moved() -> None:
    with serving(HOSTS) as server:
        wait, _ = waiting(World([WEB], live_set(WEB, host("green"))), server, seconds=0)
        with pytest.raises(SilentServersError, match="cannot be heard from here"):
            wait()
        wait, _ = waiting(World([WEB], live_set(WEB, host("blue"))), server, seconds=0)
        with pytest.raises(NamesError, match="leads to") as raised:
            wait()
    assert not isinstance(raised.value, SilentServersError)


def test_of_a_waived_server_nothing_is_awaited_and_route_53_says_what_has_moved() -> None:
    """From outside the VPC nobody answers for private names, and a switch must come to its end."""
    with serving(HOSTS) as server:
        world = World([WEB], live_set(WEB, host("green")))
        wait, _ = waiting(world, server, waived=[str(server)], seconds=0)
        assert wait() == 1
        world = World([WEB], live_set(WEB, host("blue")))
        wait, _ = waiting(world, server, waived=[str(server)], seconds=0)
        with pytest.raises(NamesError, match="leads to"):
            wait()


def test_a_zone_whose_server_nobody_knows_is_named_and_waived_by_its_id() -> None:
    class Nowhere(NameServers):
        def for_zone(self, zone_id: str) -> tuple[Server, ...]:
            raise ResolverError("this machine has no resolver")

    unheard = Nowhere(None, ()).silent_servers(snapshot())  # pyright: ignore[reportArgumentType]
    (zone,) = unheard
    assert unheard[zone].startswith(f"{zone} has no name server")
    world = World([WEB], live_set(WEB, host("green")))
    patience = Patience(names_seconds=0, new_names_seconds=0, pause_seconds=0, records_seconds=0)
    report = Report(Console(file=StringIO()))
    with serving(HOSTS) as server:

        class Silent(Nowhere):
            def recursive(self) -> Sequence[Server]:
                return [server]

        silent = Silent(None, ())  # pyright: ignore[reportArgumentType] - no zone is asked for
        wait = NamesWait(world, silent, report, patience)  # pyright: ignore[reportArgumentType]
        assert wait.wait(GREEN, [zone]) == 1


def test_a_new_name_is_waited_for_and_asked_for_once_it_has_a_record() -> None:
    moved = live_set(WEB, host("green"))
    both = [*moved, *live_set(NEW, host("green"))]
    with serving(book(web=[NEW_ADDRESS], new=[NEW_ADDRESS])) as server:
        wait, said = waiting(World([WEB, NEW], moved, both), server, new_seconds=60)
        assert wait() == 2
    assert "left" not in said.getvalue()


def test_a_new_name_that_nobody_publishes_is_told_and_fails_nothing() -> None:
    with serving(book(web=[NEW_ADDRESS])) as server:
        wait, said = waiting(World([WEB, NEW], live_set(WEB, host("green"))), server)
        assert wait() == 1
    assert f"1 names were not live before and have no record yet: {NEW}" in said.getvalue()


def test_servers_that_give_live_names_are_heard() -> None:
    with serving(book(web=[OLD_ADDRESS])) as server:
        assert servers(server).silent_servers(snapshot()) == {}


def test_servers_that_do_not_are_named() -> None:
    with serving(HOSTS) as server:
        assert servers(server).silent_servers(snapshot()) == {
            str(server): f"{server} gives no address of {WEB}"
        }


def test_one_name_with_an_address_is_enough() -> None:
    dangling = live_set("a.example.com", "gone.elb.amazonaws.com")
    seen = snapshot(records=[*dangling, *live_set(WEB, host("blue"))])
    with serving(book(web=[OLD_ADDRESS])) as server:
        assert servers(server).silent_servers(seen) == {}
