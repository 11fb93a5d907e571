"""One trial: what two colours' objects and an older zone become, by each kind of writer."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from bluegreen.publishing.desired import desired
from bluegreen.publishing.endpoint import Endpoint
from bluegreen.publishing.ownership import RecordSet
from eks_platform_contract.outputs import Zone
from handover.live_names import EVERY_NAME, LiveNames
from handover.writers import Writer
from localcloud.cluster.kube import Object
from settings.names import Colour
from tests.e2e.publishing import generated
from tests.e2e.publishing.comparing import plain, predicted
from tests.e2e.publishing.lab import ZONE, Lab

if TYPE_CHECKING:
    from mypy_boto3_route53.literals import RRTypeType
    from mypy_boto3_route53.type_defs import ResourceRecordSetTypeDef

_TYPES: Mapping[str, "RRTypeType"] = {
    "A": "A", "AAAA": "AAAA", "CNAME": "CNAME", "TXT": "TXT", "MX": "MX", "NS": "NS",
}  # fmt: skip

CANARY = (f"api.{ZONE}", f"shop.{ZONE}")


@dataclass(frozen=True)
class Trial:
    """What a trial begins with."""

    blue: Sequence[Object]
    green: Sequence[Object]
    strangers: Sequence[RecordSet]

    def check(self, lab: Lab) -> None:
        """Every pass is predicted from the zone as it stands, made, and compared."""
        blue, green = lab.namespace(self.blue), lab.namespace(self.green)
        zone = lab.zone()
        fill(lab, zone, self.strangers)
        chosen, others = LiveNames(False, CANARY), LiveNames(True, CANARY)
        passes: tuple[tuple[Writer, str], ...] = (
            (_live("blue", zone, EVERY_NAME), blue),
            (_live("green", zone, chosen), green),
            (_live("blue", zone, others), blue),
            (_live("green", zone, EVERY_NAME), green),
            (Writer(colour="blue", visibility="public", zone=zone, live=False), blue),
        )
        for writer, namespace in passes:
            _compare(lab, writer, namespace)


def trials(least: int, most: int) -> st.SearchStrategy[Trial]:
    """Trials of so many objects on each colour."""
    of_colour = generated.objects(least, most)
    return st.builds(Trial, of_colour, of_colour, generated.strangers())


def fill(lab: Lab, zone: Zone, strangers: Sequence[RecordSet]) -> None:
    """Puts record sets into a zone, but those that Route 53 refuses, as beside a CNAME."""
    route53 = lab.world.aws.route53
    for entry in strangers:
        record: ResourceRecordSetTypeDef = {
            "Name": entry.name,
            "Type": _TYPES[entry.type],
            "TTL": entry.ttl,
            "ResourceRecords": [{"Value": value} for value in entry.values],
        }
        with contextlib.suppress(route53.exceptions.InvalidChangeBatch):
            route53.change_resource_record_sets(
                HostedZoneId=zone.id,
                ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]},
            )


def _live(colour: Colour, zone: Zone, names: LiveNames) -> Writer:
    return Writer(colour=colour, visibility="public", zone=zone, live=True, names=names)


def _compare(lab: Lab, writer: Writer, namespace: str) -> None:
    before = lab.sets(writer.zone)
    outcome = predicted(lab, writer, namespace)
    log = lab.run(writer, namespace)
    after = lab.sets(writer.zone)
    unclear = frozenset(outcome.unclear)
    said, did = plain(outcome.sets, unclear), plain(after, unclear)
    differing = sorted(key for key in said.keys() | did.keys() if said.get(key) != did.get(key))
    assert not differing, "\n".join(
        [
            f"{writer.name} with {writer.names}",
            *(f"  {key}: model {said.get(key)}, real {did.get(key)}" for key in differing),
            f"  refused: {outcome.refused}",
            f"  left: {outcome.left}",
            *(f"  {it}" for it in _about({key[0] for key in differing}, lab, writer, namespace)),
            *_telling(log),
        ]
    )
    if not writer.live:
        strange = {entry.name for entry in after if not entry.name.endswith(f".{writer.domain}")}
        assert strange <= {entry.name for entry in before}


def _about(names: set[str], lab: Lab, writer: Writer, namespace: str) -> list[Endpoint]:
    """What is wanted for the names that differ."""
    ingresses, services = (lab.items(namespace, kind) for kind in ("Ingress", "Service"))
    found = desired(writer, ingresses, services).endpoints
    return [it for it in found if any(name.endswith(it.name.lower()) for name in names)]


def _telling(log: str) -> list[str]:
    """Lines of ExternalDNS's log that are no routine."""
    lines = [line for line in log.splitlines() if "debug" not in line]
    return [line for line in lines if "Desired change" not in line][-12:]
