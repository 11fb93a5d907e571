"""Takes a snapshot: every source is asked at the same time."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from bluegreen.errors import OperatorError
from bluegreen.load import ClusterLoad
from bluegreen.snapshot import (
    Api,
    ColourView,
    RemovedUses,
    SharedView,
    Snapshot,
    other_colour,
)
from bluegreen.warmth import Changer
from bluegreen.world import balancers, eks, route53
from bluegreen.world.aws import Aws
from bluegreen.world.content import Json, StackContent, has_marker, namespaces, shared_items
from bluegreen.world.kube import ApiServerClient, Cluster, ClusterReader, Connect, KubeError
from bluegreen.world.load import read_load
from bluegreen.world.removed_apis import removed_uses
from bluegreen.world.stacks import Stacks
from catalogue.minors import plain_minor
from catalogue.removed_apis import order_of
from eks_platform_contract import outputs
from eks_platform_contract.outputs import ColourOutput, SharedOutput
from handover.assignment import NOBODY
from handover.live_writer import LiveWriter, WriterReport
from handover.stack_outputs import read_optional_output
from handover.writers import writers
from settings.loading import load_shared
from settings.mistakes import SettingsError
from settings.names import COLOURS, SHARED, Colour, cluster_name
from settings.shared import WARM_PERCENT, SharedSettings

T = TypeVar("T")


class ObservationError(OperatorError):
    """A source could not be asked, or gave something unknown."""


class Observer:
    """Looks at the platform.

    Args:
        stacks: its stacks.
        aws: clients of its account.
        connect: gives the cluster of a kubeconfig.
    """

    def __init__(self, stacks: Stacks, aws: Aws, connect: Connect = ApiServerClient) -> None:
        self._stacks = stacks
        self._aws = aws
        self._cluster_readers = {colour: ClusterReader(connect) for colour in COLOURS}
        self._seen: Mapping[Colour, StackContent] = {}

    def read_stacks(self) -> Snapshot:
        """The stacks alone: enough to know where a switch stands."""
        with ThreadPoolExecutor(len(COLOURS) + 2) as pool:
            contents = self._read_contents(pool, clear=False)
        return Snapshot(
            shared=contents.shared,
            colours=tuple(_colour(c, contents.colours[c]) for c in COLOURS),
        )

    def everything(self) -> Snapshot:
        """Stacks, clusters, records and load balancers.

        Raises:
            ObservationError: AWS or a stack could not be read. A cluster that does not answer
                is no error: its view says so.
        """
        self._aws.prepare()
        with ThreadPoolExecutor(8) as pool:
            found = pool.submit(balancers.balancers, self._aws.elbv2)
            contents = self._read_contents(pool, clear=True)  # kubeconfigs are secret
            self._seen = contents.colours
            zones = contents.shared.zones
            views = {
                c: pool.submit(self._read_colour, c, contents.colours[c], zones) for c in COLOURS
            }
            records = pool.submit(route53.records, self._aws.route53, zones) if zones else None
            snapshot = Snapshot(
                shared=contents.shared,
                colours=tuple(_aws_answer(views[c].result) for c in COLOURS),
                records=_aws_answer(records.result) if records else (),
                balancers=_aws_answer(found.result),
            )
        return self._with_late_balancers(snapshot)

    def _with_late_balancers(self, seen: Snapshot) -> Snapshot:
        """The same with load balancers that were made after they were listed."""
        if not any(map(seen.unwatched, COLOURS)):
            return seen
        listed = _aws_answer(lambda: balancers.balancers(self._aws.elbv2))
        return seen.model_copy(update={"balancers": listed})

    def refresh_records(self, seen: Snapshot) -> Snapshot:
        """The same with the records as they are now. Raises as `everything`."""
        zones = seen.shared.zones
        if zones is None:
            return seen
        records = _aws_answer(lambda: route53.records(self._aws.route53, zones))
        return seen.model_copy(update={"records": records})

    def removed_uses(self, snapshot: Snapshot, to: Colour) -> RemovedUses | None:
        """What the other colour uses of APIs that a colour's minor has removed.

        Returns:
            None where it runs no later minor than the other one, or there is no other one.
        """
        old, new = snapshot.colour(other_colour(to)), snapshot.colour(to)
        if old.cluster is None or old.leaving or new.cluster is None:
            return None
        silent = [it.colour for it in (old, new) if it.kube is None or not it.kube.version]
        if silent or old.kube is None or new.kube is None:
            return RemovedUses(not_seen=tuple(f"the API server of {it}" for it in silent))
        later = plain_minor(new.kube.version)
        if order_of(later) <= order_of(plain_minor(old.kube.version)):
            return None
        try:
            cluster = self._last_look(old.colour)
        except KubeError as error:
            return RemovedUses(not_seen=(f"{old.colour}: {error}",))
        return removed_uses(cluster, later)

    def load(self, snapshot: Snapshot, colour: Colour, *, again: bool = True) -> ClusterLoad | None:
        """What serves on a colour; None where it does not stand, or goes.

        Args:
            snapshot: the platform.
            colour: the colour.
            again: list anew what has been listed for the last snapshot.
        """
        view = snapshot.colour(colour)
        if view.cluster is None or view.leaving:
            return None
        if view.kube is None or view.kube.error:
            return ClusterLoad(not_seen=view.kube.error if view.kube else "it could not be asked")
        try:
            cluster = self._client(colour) if again else self._last_look(colour)
            return read_load(cluster, view.kube)
        except KubeError as error:
            return ClusterLoad(not_seen=str(error))

    def changer(self, colour: Colour) -> Changer:
        """The cluster of a colour, to be changed. Raises KubeError."""
        return ApiServerClient(self._kubeconfig(colour))

    def _last_look(self, colour: Colour) -> Cluster:
        return self._cluster_readers[colour].last_look(self._seen_kubeconfig(colour))

    def _client(self, colour: Colour) -> Cluster:
        return self._cluster_readers[colour].client(self._seen_kubeconfig(colour))

    def _seen_kubeconfig(self, colour: Colour) -> object:
        # Of the snapshot that is being judged: to read it again takes the engine seconds.
        seen = self._seen.get(colour)
        config = seen.outputs.get(ColourOutput.KUBECONFIG) if seen else None
        return config or self._kubeconfig(colour)

    def _kubeconfig(self, colour: Colour) -> object:
        return self.content(colour, clear=True).outputs.get(ColourOutput.KUBECONFIG)

    def seen_content(self, colour: Colour) -> StackContent:
        """What the engine held of a colour's stack when the last snapshot was taken."""
        return self._seen.get(colour) or self.content(colour)

    def content(self, stack: str, *, clear: bool = False) -> StackContent:
        """What the engine holds of a stack; see `Stacks.read`."""
        return self._stacks.read(stack, clear=clear)

    def _read_contents(self, pool: ThreadPoolExecutor, *, clear: bool) -> "_Contents":
        shared = pool.submit(self._stacks.read, SHARED)
        reads = {c: pool.submit(self._stacks.read, c, clear=clear) for c in COLOURS}
        asked = pool.submit(self._settings)  # fails where there is no stack
        settings = asked.result() if shared.result().state.exists else None
        colours: dict[Colour, StackContent] = {c: reads[c].result() for c in COLOURS}
        return _Contents(_shared(shared.result(), settings), colours)

    def _settings(self) -> SharedSettings:
        config = self._stacks.config(SHARED)
        secret = [key for key, value in config.items() if value.secret]
        try:
            return load_shared({key: value.value for key, value in config.items()}, secret)
        except SettingsError as error:
            raise ObservationError(str(error)) from None

    def _read_colour(
        self, colour: Colour, content: StackContent, zones: outputs.Zones | None
    ) -> ColourView:
        view = _colour(colour, content)
        config = content.outputs.get(ColourOutput.KUBECONFIG)
        seen = eks.describe_cluster(self._aws.eks, cluster_name(colour))
        asked = None
        if view.cluster is not None and zones is not None and config is not None:
            writing = writers(colour, zones, live=True)
            own = writers(colour, zones, live=False)
            asked = self._cluster_readers[colour].read(config, writing, own, namespaces(content))
        return view.model_copy(update={"eks": seen, "kube": asked})


class _Contents:
    def __init__(self, shared: SharedView, colours: Mapping[Colour, StackContent]) -> None:
        self.shared = shared
        self.colours = colours


def _shared(content: StackContent, settings: SharedSettings | None) -> SharedView:
    said = content.outputs
    return SharedView(
        state=content.state,
        configured=settings.assignment if settings else NOBODY,
        listed=settings.colours if settings else (),
        forgotten=settings.forget_colours if settings else (),
        charged=shared_items(content.resources) if content.resources else None,
        warm_percent=settings.switch.warm_percent if settings else WARM_PERCENT,
        live_writer=_read_output(said, SharedOutput.LIVE_WRITER, LiveWriter, SHARED),
        api=_read_output(said, SharedOutput.API, Api, SHARED),
        zones=_read_output(said, SharedOutput.ZONES, outputs.Zones, SHARED),
    )


def _colour(colour: Colour, content: StackContent) -> ColourView:
    return ColourView(
        colour=colour,
        state=content.state,
        report=_read_output(content.outputs, ColourOutput.LIVE_WRITERS, WriterReport, colour),
        cluster=_read_output(content.outputs, ColourOutput.CLUSTER, outputs.Cluster, colour),
        addons=content.addons,
        leaving=bool(content.resources) and not has_marker(content.resources),
    )


def _read_output(
    said: Mapping[str, Json], key: SharedOutput | ColourOutput, kind: type[T], stack: str
) -> T | None:
    return read_optional_output(said, key, kind, stack, error_class=ObservationError)


def _aws_answer(result: Callable[[], T]) -> T:
    try:
        return result()
    except (BotoCoreError, ClientError) as error:
        raise ObservationError(f"AWS could not be asked: {error}") from error
