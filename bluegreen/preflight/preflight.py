"""Asks an account all that an update needs of it, before anything is made."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from bluegreen import chart_rules
from bluegreen.errors import OperatorError, in_words
from bluegreen.finding import Finding, judged
from bluegreen.preflight import account, capacity, pins
from bluegreen.preflight import zones as rules
from bluegreen.preflight.account import Caller, Simulated
from bluegreen.preflight.looks import Look, Unseen
from bluegreen.preflight.wanted import Wanted
from bluegreen.preflight.zones import FoundZone
from bluegreen.report import Report
from bluegreen.world import (
    backend,
    downloads,
    identity,
    offers,
    quotas,
    resolver,
    stack_settings,
    zones,
)
from bluegreen.world.aws import Aws
from bluegreen.world.resolver import ResolverError, Server
from bluegreen.world.stacks import Stacks
from settings.names import Colour, cluster_name
from settings.network import ExistingNetwork
from settings.shared import SharedSettings

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Preflight:
    """Looks at an account.

    Attributes:
        folder: folder of the project.
        aws: clients.
        open_stacks: gives those of the project. Raises OperatorError without the Pulumi CLI.
        resolvers: name servers to ask; none: those of this machine.
        report: tells of progress.
    """

    folder: Path
    aws: Aws
    open_stacks: Callable[[], Stacks]
    resolvers: Sequence[Server]
    report: Report

    def run(self, colours: Collection[Colour] | None = None) -> list[Finding]:
        """All findings; nothing is changed.

        Args:
            colours: to look at; None: all that have a stack file.
        """
        wanted = stack_settings.read(self.folder, colours)
        found = [
            judged(
                "stack-files",
                "the stack files are right",
                wanted.mistakes,
                "correct them; what depends on them was not looked at",
            )
        ]
        for title, look in (
            ("who asks, and what they may", self._account),
            ("what is pinned, charts and images", self._pins),
            ("types, quotas and addresses", self._capacity),
            ("zones", self._zones),
            ("Pulumi's state", self._state),
        ):
            with self.report.step(f"look at {title}"):
                found += look(wanted)
        return found

    def _account(self, wanted: Wanted) -> Iterator[Finding]:
        caller = _look(lambda: identity.caller(self.aws))
        yield account.caller(caller)
        roles = _look(lambda: identity.linked_roles(self.aws))
        yield account.permissions(self._simulated(caller, wanted, roles))
        yield from account.linked_roles(wanted, roles)

    def _simulated(
        self, caller: Look[Caller], wanted: Wanted, roles: Look[Mapping[str, bool]]
    ) -> Look[Simulated]:
        if isinstance(caller, Unseen):
            return caller
        lacking = isinstance(roles, Unseen) or account.lacks_linked_role(wanted, roles)
        return _look(lambda: identity.simulate(self.aws, caller, wanted, linked_role=lacking))

    def _pins(self, wanted: Wanted) -> Iterator[Finding]:
        today = datetime.now(UTC).date()
        yield pins.kubernetes(wanted, _look(lambda: offers.cluster_versions(self.aws)), today)
        parameters = self._parameters(wanted)
        yield pins.node_images(wanted, parameters)
        addons = self._addons(wanted)
        yield pins.eks_addons(wanted, addons)
        public = downloads.look_for_charts(
            [(it.chart, it.version) for it in chart_rules.public_charts(wanted)]
        )
        kept = chart_rules.kept_flaws(self.folder, wanted)
        images = downloads.look_for_images(pins.images(wanted))
        yield chart_rules.charts_can_be_had(kept, public)
        yield pins.downloads(
            "images",
            "the registries have the pinned images",
            images,
            "take a version that is there, in catalogue/",
        )
        doubtful = pins.unconfirmed(
            wanted,
            parameters,
            addons,
            {**chart_rules.kept_charts(self.folder, wanted), **public, **images},
        )
        if doubtful is not None:
            yield doubtful

    def _parameters(self, wanted: Wanted) -> Look[Collection[str]]:
        names = pins.node_image_names(wanted)
        return _look(lambda: offers.parameters(self.aws, names))

    def _addons(self, wanted: Wanted) -> Look[Mapping[tuple[str, str], Sequence[str]]]:
        names = [entry.name for entry in pins.EKS_ADDONS]
        return _look(lambda: offers.addon_versions(self.aws, names, wanted.minors))

    def _capacity(self, wanted: Wanted) -> Iterator[Finding]:
        shared = wanted.shared
        types = _look(lambda: offers.instance_offers(self.aws, wanted.instance_types))
        there = _of_shared(shared, lambda it: offers.network_zones(self.aws, it.network))
        if shared is not None and isinstance(network := shared.network, ExistingNetwork):
            parts = _look(lambda: offers.network_parts(self.aws, network))
            yield capacity.network(network.existing, parts)
        yield from capacity.instance_types(wanted, types, there)
        limits = _look(lambda: quotas.values(self.aws, capacity.quotas(wanted)))
        used = _look(lambda: quotas.usage(self.aws, list(wanted.colours)))
        yield capacity.quotas_suffice(wanted, limits, used)
        free = _of_shared(shared, lambda it: offers.private_subnets(self.aws, it.network))
        yield capacity.addresses(wanted, free, self._standing(wanted))

    def _standing(self, wanted: Wanted) -> Collection[Colour]:
        names = _look(lambda: quotas.clusters(self.aws))
        known = frozenset[str]() if isinstance(names, Unseen) else names
        return [colour for colour in wanted.colours if cluster_name(colour) in known]

    def _zones(self, wanted: Wanted) -> Iterator[Finding]:
        shared = wanted.shared
        found = _of_shared(shared, lambda it: zones.find_zones(self.aws, _zone_names(it)))
        yield rules.zones(wanted, found)
        second = rules.second_zones(wanted, found)
        if second is not None:
            yield second
        if shared is None or isinstance(found, Unseen):
            return
        wants = shared.zones
        public, private = (
            {
                zone.name: [it for it in found[zone.name] if it.private == is_private]
                for zone in some
            }
            for some, is_private in (((wants.public, wants.api), False), ((wants.private,), True))
        )
        for name, alike in public.items():
            yield self._delegation(name, alike)
        if not wants.private.create and len(alike := private[wants.private.name]) == 1:
            vpc = _of_shared(shared, lambda it: offers.network_vpc(self.aws, it.network))
            yield rules.association(wanted, alike[0], vpc)
        standing = {name: some[0] for name, some in (public | private).items() if len(some) == 1}
        if standing:
            silent = {name: self._silent(name, zone) for name, zone in standing.items()}
            yield rules.heard(silent, wants.private.name)

    def _silent(self, name: str, zone: FoundZone) -> Sequence[str]:
        """Servers of a zone that do not answer, see `bluegreen.name_servers`."""
        try:
            servers = (
                self.resolvers
                or resolver.authoritative_servers(zone.servers)
                or resolver.system_servers()[:1]
            )
        except ResolverError as error:
            return [str(error)]
        return zones.silent_servers(name, servers)

    def _delegation(self, name: str, found: Sequence[FoundZone]) -> Finding:
        if len(found) != 1:
            return rules.delegation(name, None, ())
        try:
            servers = self.resolvers or resolver.system_servers()
        except ResolverError as error:
            return rules.delegation(name, found[0], Unseen(str(error)))
        return rules.delegation(name, found[0], zones.known_servers(name, servers))

    def _state(self, _: Wanted) -> Iterator[Finding]:
        yield from account.state(
            _flat(_look(lambda: backend.look_at_state(self.folder, self.open_stacks())))
        )


def _look(ask: Callable[[], T]) -> Look[T]:
    try:
        return ask()
    except (BotoCoreError, ClientError, OSError, OperatorError) as error:
        return Unseen(in_words(error))


def _flat(look: Look[Look[T]]) -> Look[T]:
    return look


def _of_shared(shared: SharedSettings | None, ask: Callable[[SharedSettings], T]) -> Look[T]:
    if shared is None:
        return Unseen("the file of the shared stack is wrong")
    return _look(lambda: ask(shared))


def _zone_names(shared: SharedSettings) -> list[str]:
    zones = shared.zones
    return [zones.public.name, zones.private.name, zones.api.name]
