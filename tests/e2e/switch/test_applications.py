"""Applications of shapes that nobody here chose, on both colours, through a switch and back.

The tests run in their order and each one goes on from where the last one ended. They have a
platform of their own, a small one: those beside them count what stands on theirs.
"""

import time
from collections.abc import Callable, Generator, Iterable, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml

from bluegreen.errors import Exit
from bluegreen.scalable import RAISED
from development.chaos.platform import ZONES, shrink
from localcloud import names, writers
from localcloud.fair_clock import FairClock
from localcloud.state import REGION
from settings.names import COLOURS, Colour, cluster_name
from tests.e2e.platform.running import Platform, empty_cloud
from tests.e2e.switch.operator_command import bluegreen
from tests.inputs.applications import CERTIFICATE, Application, Name, applications, gateways

APPLICATIONS = (*applications(), *gateways())
NAMES = tuple(name for application in APPLICATIONS for name in application.names)
_LISTS = ("/apis/networking.k8s.io/v1/ingresses", "/api/v1/services")
_NODES = 4  # of 29 pods each
_PAUSE = 1.0
_PATIENCE = 300.0


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Generator[Platform]:
    with empty_cloud(tmp_path_factory.mktemp("cloud")) as platform:
        for colour in COLOURS:
            path = platform.state.project / f"Pulumi.{colour}.yaml"
            content = shrink(yaml.safe_load(path.read_text()))
            content["config"]["eks-platform:nodeGroups"]["on-demand"] |= {
                "min": _NODES,
                "max": _NODES,
            }
            path.write_text(yaml.safe_dump(content, sort_keys=False))
        for colour in COLOURS:
            code, document = bluegreen(platform, "bootstrap", "--colour", colour)
            assert code == 0, document
        _deploy(platform, tmp_path_factory.mktemp("applications"))
        yield platform


def _deploy(platform: Platform, folder: Path) -> None:
    """Applies every file to both colours, as application teams do."""
    acm = boto3.client("acm", region_name=REGION)
    made = acm.request_certificate(DomainName="*.devinfra.fr")["CertificateArn"]
    for number, application in enumerate(APPLICATIONS):
        text = application.path.read_text()
        if application in gateways():
            text = yaml.safe_dump_all(map(dict, application.served()))
        path = folder / f"{number:02}-{application.path.name}"
        path.write_text(text.replace(CERTIFICATE, made))
    for colour in COLOURS:
        cluster = cluster_name(colour)
        platform.run("aws", "eks", "update-kubeconfig", "--name", cluster, "--alias", colour)
        apply = ("apply", "--server-side", "-f", str(folder))
        done = platform.run("kubectl", "--context", colour, *apply, check=False)
        assert done.returncode == 0, done.stderr


def full(name: Name, colour: Colour | None = None) -> str:
    """The live name, or that of a colour."""
    infix = f".{cluster_name(colour)}" if colour else ""
    return f"{name.name}{infix}.{ZONES[name.zone]}"


def moving(application: Application) -> list[Name]:
    return [name for name in application.names if name.leads == "moves"]


def balancers(platform: Platform, colour: str) -> Mapping[str, set[str]]:
    """Namespace → addresses of the load balancers of its objects, on a colour."""
    found: dict[str, set[str]] = {}
    for path in _LISTS:
        for item in platform.kube(colour).get(path)["items"]:
            own = found.setdefault(item["metadata"]["namespace"], set())
            for entry in item["status"]["loadBalancer"].get("ingress") or []:
                own |= set(names.resolve(entry["hostname"], "A", platform.cloud.dns_port))
    return found


def misled(platform: Platform, colour: str, spelt: Callable[[Name], str]) -> list[str]:
    """Names that do not lead to a load balancer of their own application on a colour.

    Args:
        platform: where to ask.
        colour: the colour.
        spelt: which name is asked for.
    """
    found = balancers(platform, colour)
    wrong: list[str] = []
    for application in APPLICATIONS:
        own = {
            address
            for space in application.of_kind("Namespace")
            for address in found.get(space["metadata"]["name"], ())
        }
        for name in moving(application):
            asked = spelt(name).replace("*", "anything")
            answer = names.resolve(asked, "A", platform.cloud.dns_port)
            if not answer or not set(answer) <= own:
                wrong.append(f"{spelt(name)} ({application.path.stem}): {answer or 'no address'}")
    return wrong


def targets(platform: Platform, zone: str) -> Mapping[str, set[str]]:
    """Name → what its records lead to, in a zone: hosts of aliases and CNAMEs, addresses."""
    found: dict[str, set[str]] = {}
    for (name, kind), record in platform.records(zone).items():
        if kind in ("A", "AAAA", "CNAME"):
            values = {it["Value"] for it in record.get("ResourceRecords", [])}
            alias = record.get("AliasTarget")
            hosts = values | ({alias["DNSName"]} if alias else set[str]())
            plain = name.replace("\\052", "*")
            found.setdefault(plain, set()).update(host.rstrip(".") for host in hosts)
    return found


def elsewhere(platform: Platform) -> list[str]:
    """Fixed names, live and of each colour, that do not lead to their target."""
    found = {zone: targets(platform, zone) for zone in ZONES.values()}
    return [
        f"{spelt}: {led}, not {name.target}"
        for name in NAMES
        if name.leads == "fixed"
        for spelt in (full(name), *(full(name, colour) for colour in COLOURS))
        if (led := found[ZONES[name.zone]].get(spelt)) != {name.target}
    ]


def broken(document: Any) -> list[Any]:  # noqa: ANN401 - JSON of a command
    """Findings that speak against something."""
    return [found for found in document["findings"] if found["verdict"] in ("fail", "unseen")]


def wait_until_none(what: Callable[[], Iterable[object]]) -> None:
    """Asks until nothing is wrong any more. ExternalDNS works in passes."""
    clock = FairClock()
    while left := list(what()):
        assert clock.seconds < _PATIENCE, left
        time.sleep(_PAUSE)


def test_every_name_leads_to_its_application(platform: Platform) -> None:
    for colour in COLOURS:
        wait_until_none(lambda it=colour: misled(platform, it, lambda name: full(name, it)))
    wait_until_none(lambda: misled(platform, "blue", full))
    wait_until_none(lambda: elsewhere(platform))


def test_no_other_name_is_published(platform: Platform) -> None:
    """Hosts of rules, of TLS, of annotations of other tools: none of them becomes a record."""
    for kind, zone in ZONES.items():
        own = [name for name in NAMES if name.zone == kind]
        expected = {full(name, colour) for name in own for colour in (None, *COLOURS)}
        assert set(targets(platform, zone)) == expected


def test_a_plan_lets_all_of_them_through(platform: Platform) -> None:
    code, document = bluegreen(platform, "plan", "--to", "green")
    assert (code, broken(document)) == (0, [])


@pytest.mark.parametrize("colour", ["green", "blue"])
def test_a_switch_moves_what_moves_and_nothing_else(platform: Platform, colour: Colour) -> None:
    code, document = bluegreen(platform, "switch", "--to", colour, "--yes")
    assert code == 0, document
    assert misled(platform, colour, full) == []
    for each in COLOURS:
        assert misled(platform, each, lambda name, it=each: full(name, it)) == []
    assert elsewhere(platform) == []


def scale(platform: Platform, colour: Colour, count: int) -> None:
    """Has the application `echo` so many pods on a colour, and waits until they are ready."""
    on = ("kubectl", "--context", colour, "-n", "echo")
    platform.run(*on, "scale", "deployment/echo", f"--replicas={count}")
    platform.run(*on, "rollout", "status", "deployment/echo", "--timeout=5m")


def test_a_cold_colour_is_refused_and_with_warm_raised_first(platform: Platform) -> None:
    scale(platform, "blue", 3)
    scale(platform, "green", 1)
    code, document = bluegreen(platform, "switch", "--to", "green", "--yes")
    assert code == Exit.REFUSED
    assert "deployment/echo/echo: 1 ready on green, 3 on blue" in document["error"]
    code, document = bluegreen(platform, "plan", "--to", "green", "--warm")
    assert (code, broken(document)) == (0, [])
    raised = {"object": "deployment/echo/echo", "field": "replicas", "from": 1, "to": 3}
    assert document["raises"] == [raised]
    code, document = bluegreen(platform, "switch", "--to", "green", "--warm", "--yes")
    assert code == 0, document
    found = platform.kube("green").get("/apis/apps/v1/namespaces/echo/deployments/echo")
    # Nothing else scales it and it serves now, so it stays; nothing is left on record.
    assert found["spec"]["replicas"] == found["status"]["readyReplicas"] == 3
    assert RAISED not in found["metadata"].get("annotations", {})


def test_status_finds_no_broken_rule(platform: Platform) -> None:
    code, document = bluegreen(platform, "status")
    assert (code, broken(document)) == (0, [])
    led = {record["name"] for record in document["records"]}
    assert led >= {full(name) for name in NAMES}


def test_each_writer_kept_to_its_own_names(platform: Platform) -> None:
    written = [it for it in writers.read_writes(platform.state.aws_calls) if it.colour]
    assert {(it.colour, it.live) for it in written} == {
        (c, e) for c in COLOURS for e in (True, False)
    }
    strayed = [
        f"{it.writer}: {it.name}"
        for it in written
        if [c for c in COLOURS if f".{cluster_name(c)}." in it.name] != [it.colour] * (not it.live)
    ]
    assert strayed == []
    assert writers.two_at_once(written) == []
    assert writers.two_alive(writers.read_terms(platform.state.writer_processes)) == []
