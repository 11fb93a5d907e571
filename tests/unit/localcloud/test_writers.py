"""Who wrote what, from the logs, and whether two live writers ever met."""

import json
from pathlib import Path
from typing import Any

import pytest

from components.addons.external_dns.arguments import arguments
from eks_platform_contract.outputs import Zone
from handover.live_names import EVERY_NAME, LiveNames
from handover.writers import Writer
from localcloud import writers
from settings.colour import ExternalDns

BLUE = "arn:aws:sts::123456789012:assumed-role/eks-blue-live-external-dns-public/1"
GREEN = "arn:aws:sts::123456789012:assumed-role/eks-green-live-external-dns-public/1"
PEOPLE = "arn:aws:iam::123456789012:user/platform-engineer"


def a_call(
    second: int, caller: str, *names: str, pod: str = "", happened: bool = True
) -> dict[str, Any]:
    workload = {
        "cluster": f"eks-{writers.colour_of(caller)}",
        "service_account": "kube-system/live-external-dns-public",
        "pod": pod,
        "pod_uid": f"uid-{pod}",
    }
    return {
        "time": f"2026-01-01T00:00:{second:02}.000+00:00",
        "service": "route53",
        "action": "ChangeResourceRecordSets",
        "caller": caller,
        **({"workload": workload} if pod else {}),
        "user_agent": "aws-sdk-go-v2",
        "zone": "Z1",
        "changes": [
            {"action": "UPSERT", "type": kind, "name": name, "value": "x"}
            for name in names
            for kind in ("A", "TXT")
        ],
        "status": 200,
        "happened": happened,
    }


def a_term(event: str, second: int, colour: str, *extra: str, live: bool = True) -> dict[str, Any]:
    owner = "ingress.devinfra.fr" if live else f"ingress-eks-{colour}.devinfra.fr"
    return {
        "time": f"2026-01-01T00:00:{second:02}.000+00:00",
        "event": event,
        "cluster": f"eks-{colour}",
        "pod": f"{colour}-pod",
        "pod_uid": f"uid-{colour}",
        "pid": 7,
        "arguments": [f"--txt-owner-id={owner}", "--zone-id-filter=Z1", *extra],
    }


def written(path: Path, *entries: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    return path


def test_a_write_says_who_and_what(tmp_path: Path) -> None:
    listing = {**a_call(1, BLUE), "action": "ListResourceRecordSets"}
    lost = {**a_call(2, BLUE, "web.devinfra.fr.", pod="p1"), "status": 0, "fault": "reset after"}
    refused = {**a_call(3, BLUE, "no.devinfra.fr."), "status": 400, "happened": False}
    by_hand = a_call(4, PEOPLE, "Api.devinfra.info.")
    found = writers.read_writes(written(tmp_path / "calls", listing, lost, refused, by_hand))
    seen = [(w.name, w.type, w.colour, w.writer, w.live) for w in found]
    assert seen == [
        ("web.devinfra.fr", "A", "blue", "p1", True),
        ("web.devinfra.fr", "TXT", "blue", "p1", True),
        ("api.devinfra.info", "A", "", PEOPLE, False),
        ("api.devinfra.info", "TXT", "", PEOPLE, False),
    ]
    assert set(writers.by_name(found)) == {("Z1", "web.devinfra.fr")}


def test_a_line_on_its_way_is_not_read(tmp_path: Path) -> None:
    path = written(tmp_path / "calls", a_call(1, BLUE, "web.devinfra.fr"))
    with path.open("a") as file:
        file.write('{"time": "2026-01-01')
    assert len(writers.read_writes(path)) == 2
    assert writers.read_writes(tmp_path / "none") == []


@pytest.mark.parametrize(
    ("callers", "mistakes"),
    [
        ([BLUE, BLUE, GREEN, GREEN], 0),
        ([BLUE, GREEN, BLUE], 1),
        ([BLUE, GREEN, GREEN, BLUE, GREEN], 1),
    ],
)
def test_writing_by_turns_is_seen(tmp_path: Path, callers: list[str], mistakes: int) -> None:
    calls = [a_call(n, caller, "web.devinfra.fr") for n, caller in enumerate(callers)]
    found = writers.two_at_once(writers.read_writes(written(tmp_path / "calls", *calls)))
    assert len(found) == mistakes
    assert all("web.devinfra.fr of Z1" in it and "blue" in it and "green" in it for it in found)


def test_two_terms_of_a_colour_around_the_other_one_are_a_switch_and_a_way_back(
    tmp_path: Path,
) -> None:
    calls = [
        a_call(1, BLUE, "web.devinfra.fr", pod="blue-1"),
        a_call(2, GREEN, "web.devinfra.fr", pod="green-1"),
        a_call(3, BLUE, "web.devinfra.fr", pod="blue-2"),
    ]
    assert writers.two_at_once(writers.read_writes(written(tmp_path / "calls", *calls))) == []


def test_two_colours_may_write_different_names(tmp_path: Path) -> None:
    calls = [
        a_call(n, caller, name)
        for n, (caller, name) in enumerate(
            [(BLUE, "a.devinfra.fr"), (GREEN, "b.devinfra.fr"), (BLUE, "a.devinfra.fr")]
        )
    ]
    assert writers.two_at_once(writers.read_writes(written(tmp_path / "calls", *calls))) == []


@pytest.mark.parametrize(
    ("entries", "mistakes"),
    [
        ([a_term("started", 1, "blue"), a_term("started", 2, "green")], 1),
        (
            [
                a_term("started", 1, "blue"),
                a_term("started", 2, "green"),
                a_term("ended", 3, "blue"),
            ],
            1,
        ),
        (
            [
                a_term("started", 1, "blue"),
                a_term("ended", 2, "blue"),
                a_term("started", 2, "green"),
            ],
            0,
        ),
        ([a_term("started", 1, "blue"), a_term("started", 2, "green", live=False)], 0),
    ],
)
def test_two_lives_at_once_are_seen(
    tmp_path: Path, entries: list[dict[str, Any]], mistakes: int
) -> None:
    terms = writers.read_terms(written(tmp_path / "processes", *entries))
    assert len(writers.two_alive(terms)) == mistakes
    assert writers.two_alive(terms, apart=lambda _one, _other: True) == []


def canary_arguments(names: LiveNames) -> list[str]:
    zone = Zone(id="Z1", name="devinfra.fr", arn="arn:aws:route53:::hostedzone/Z1")
    writer = Writer(colour="blue", visibility="public", zone=zone, live=True, names=names)
    return arguments(writer, ExternalDns())


def test_a_canary_keeps_two_writers_apart() -> None:
    chosen = canary_arguments(LiveNames(chosen=("web.devinfra.fr",), others=False))
    others = canary_arguments(LiveNames(chosen=("web.devinfra.fr",), others=True))
    different = canary_arguments(LiveNames(chosen=("shop.devinfra.fr",), others=True))
    everything = canary_arguments(EVERY_NAME)
    assert writers.by_canary(chosen, others)
    assert writers.by_canary(others, chosen)
    assert not writers.by_canary(chosen, different)
    assert not writers.by_canary(chosen, everything)
    assert not writers.by_canary(chosen, chosen)
    assert not writers.by_canary(everything, everything)
