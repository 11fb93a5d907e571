"""Records, reads, changes and deletes Helm releases in a cluster."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from pulumi.runtime.rpc import UNKNOWN

from localcloud.plugins.kubernetes import chart_sources, charts, release_inputs
from localcloud.plugins.kubernetes.api import (
    NOT_FOUND,
    ApiError,
    ApiServer,
    NoKindError,
    Place,
    UnreachableError,
)
from localcloud.plugins.kubernetes.chart_archive import ChartError
from localcloud.plugins.kubernetes.config import Config
from localcloud.plugins.kubernetes.diff import Difference, changes_between
from localcloud.plugins.kubernetes.manifest import CLUSTER_WIDE, Mistake
from localcloud.plugins.kubernetes.operations import ObjectError, Written
from localcloud.plugins.kubernetes.tokens import Kind
from localcloud.plugins.kubernetes.values import Json, Object, child_map, child_text, has_unknown
from localcloud.plugins.kubernetes.waiting import NotReadyError, Waiter
from localcloud.releases import FAILED, PENDING_INSTALL, RecordError, Release, record_name

TOKEN = "kubernetes:helm.sh/v3:Release"  # noqa: S105 - a Pulumi type
MANAGER = "localcloud-helm"

_SECRET = Kind("", "v1", "Secret")
_NAMESPACE = Kind("", "v1", "Namespace")
_PLACE = ("name", "namespace")
_OWN = ("chart", "version", "values", "repositoryOpts", *_PLACE)
"""Inputs that a record keeps beside its options."""


@dataclass
class Releases:
    """The Helm releases of one API server.

    Methods raise what those of `localcloud.plugins.kubernetes.operations.Objects` raise, and
    RecordError for a record that is damaged.

    Attributes:
        config: the provider's settings.
        namespace: namespace of releases that name none.
        connect: gives the API server.
        cancelled: set when the engine cancels.
    """

    config: Config
    namespace: str
    connect: Callable[[], ApiServer]
    cancelled: threading.Event

    secret = ()

    def check(
        self, old: Object, new: Object, *, name: str, seed: bytes
    ) -> tuple[Object, list[Mistake]]:
        """The complete inputs of a release, and what is wrong with them."""
        inputs = release_inputs.complete(
            new, old, resource_name=name, seed=seed, namespace=self.namespace
        )
        mistakes = release_inputs.mistakes(inputs)
        if not mistakes and not has_unknown(inputs):
            try:
                inputs["version"] = chart_sources.fetch(inputs).version
            except ChartError as error:
                reason = f"{error}; check the chart name and repository configuration."
                mistakes.append(Mistake("chart", reason))
        return inputs, mistakes

    def diff(self, old: Object, new: Object) -> Difference:
        """How the wanted inputs differ from those of the last update."""
        changes = dict(changes_between(old, new))
        return Difference(changes, frozenset(_PLACE) & changes.keys(), delete_first=False)

    def create(self, new: Object, *, seconds: float, preview: bool) -> Written:
        """Records a release and makes what comes with its chart."""
        if preview:
            return Written(_identity(new), dict(new), new)
        release = _release(new)
        server = self.connect()
        if new.get("createNamespace") is True:
            self._ensure_namespace(server, release.namespace)
        if server.get(_place(release)) is not None:
            # Helm's own words, which people search for.
            raise ObjectError(
                f"release {_identity(new)}: cannot re-use a name that is still in use"
            )
        return self._install(server, release, new, seconds)

    def _install(self, server: ApiServer, release: Release, new: Object, seconds: float) -> Written:
        """As Helm does: a record says that it began, and what became of it."""
        self._write(server, replace(release, status=PENDING_INSTALL))
        try:
            return self._record(server, release, new, seconds)
        except (ApiError, ObjectError):
            if new.get("atomic") is True:
                self._remove(server, charts.leaving_with(release), seconds)
                server.delete(_place(release), "Background")
            else:
                self._write(server, replace(release, status=FAILED))
            raise

    def update(self, new: Object, properties: Object, *, seconds: float, preview: bool) -> Written:
        """Records a release's next revision."""
        if preview:
            status = {**child_map(properties, "status"), "revision": UNKNOWN}
            return Written(_identity(new), {**new, "status": status}, new)
        release = _release(new)
        server = self.connect()
        found = server.get(_place(release))
        if found is None:
            raise ObjectError(
                f"release {_identity(new)} is not in the cluster; `pulumi refresh` makes Pulumi "
                "know, and the next update installs it again"
            )
        before = Release.from_secret(found)
        gone = _apart(charts.leaving_with(before), charts.objects_of(release))
        written = self._record(server, replace(release, revision=before.revision + 1), new, seconds)
        self._remove(server, gone, seconds)
        return written

    def read(self, identity: str, old: Object, properties: Object) -> Written | None:
        """A release as it is recorded now, or None when it is not."""
        del properties
        namespace, _, name = identity.rpartition("/")
        try:
            place = Place(_SECRET, namespace or self.namespace, record_name(name))
            found = self.connect().get(place)
        except UnreachableError:
            if self.config.delete_unreachable:
                return None
            raise
        if found is None:
            return None
        release = Release.from_secret(found)
        repository = dict(child_map(old, "repositoryOpts"))
        if release.repository:
            repository["repo"] = release.repository
        said: Object = {
            **release.options,
            "name": release.name,
            "namespace": release.namespace,
            "chart": release.chart,
            "version": release.version,
        }
        if release.values or "values" in old:
            said["values"] = release.values
        if repository:
            said["repositoryOpts"] = repository
        return Written(f"{release.namespace}/{release.name}", _outputs(said, release), said)

    def delete(self, identity: str, properties: Object, *, seconds: float) -> None:
        """Removes a release's record and what Helm would remove with it."""
        del properties
        namespace, _, name = identity.rpartition("/")
        place = Place(_SECRET, namespace, record_name(name))
        try:
            server = self.connect()
            found = server.get(place)
            if found is None:
                return
            try:
                leaving = charts.leaving_with(Release.from_secret(found))
            except RecordError:
                leaving = []  # what it was is no longer known, but it can go
            self._remove(server, leaving, seconds)
            self._remove_at(server, place, found, seconds)
        except UnreachableError:
            if not self.config.delete_unreachable:
                raise

    def _ensure_namespace(self, server: ApiServer, name: str) -> None:
        place = Place(_NAMESPACE, None, name)
        if server.get(place) is None:
            manifest = {
                "apiVersion": "v1",
                "kind": "Namespace",
                "metadata": {"name": name, "labels": {"name": name}},
            }
            server.apply(place, manifest, manager=MANAGER, force=False, dry_run=False)

    def _record(self, server: ApiServer, release: Release, new: Object, seconds: float) -> Written:
        """Makes the chart's objects first: whoever sees the record may count on them."""
        for item in charts.objects_of(release):
            place = _place_of(item)
            made = server.apply(place, item, manager=MANAGER, force=True, dry_run=False)
            try:
                Waiter(server, self.cancelled).wait_until_ready(place, made, seconds)
            except NotReadyError as error:
                raise ObjectError(f"chart {release.chart_name}: {error}") from error
        self._write(server, release)
        outputs = _outputs(new, release)
        return Written(_identity(new), outputs, new, notes=(_note(release),))

    def _write(self, server: ApiServer, release: Release) -> None:
        secret = release.to_secret()
        server.apply(_place(release), secret, manager=MANAGER, force=True, dry_run=False)

    def _remove(self, server: ApiServer, items: list[Object], seconds: float) -> None:
        for item in items:
            place = _place_of(item)
            found = server.get(place)
            if found is not None:
                self._remove_at(server, place, found, seconds)

    def _remove_at(self, server: ApiServer, place: Place, found: Object, seconds: float) -> None:
        try:
            server.delete(place, "Background")
        except NoKindError:
            return
        except ApiError as error:
            if error.code == NOT_FOUND:
                return
            raise
        identifier = child_text(found, "metadata", "uid")
        Waiter(server, self.cancelled).wait_until_gone(place, identifier, seconds)


def _release(inputs: Object) -> Release:
    try:
        chart = chart_sources.fetch(inputs)
    except ChartError as error:
        raise ObjectError(str(error)) from None
    repository = child_map(inputs, "repositoryOpts")
    return Release(
        namespace=str(inputs["namespace"]),
        name=str(inputs["name"]),
        chart=str(inputs.get("chart")),
        chart_name=chart.name,
        version=str(inputs.get("version")),
        repository=child_text(repository, "repo"),
        values=child_map(inputs, "values"),
        options={key: value for key, value in inputs.items() if key not in _OWN},
    )


def _identity(inputs: Mapping[str, Json]) -> str:
    return f"{inputs['namespace']}/{inputs['name']}"


def _place(release: Release) -> Place:
    return Place(_SECRET, release.namespace, release.record_name)


def _place_of(item: Object) -> Place:
    kind = Kind.of_manifest(child_text(item, "apiVersion"), child_text(item, "kind"))
    namespace = None
    if kind.group_kind not in CLUSTER_WIDE:
        namespace = child_text(item, "metadata", "namespace")
    return Place(kind, namespace, child_text(item, "metadata", "name"))


def _apart(before: list[Object], after: list[Object]) -> list[Object]:
    """What was made before and is made no longer."""
    kept = {_place_of(item) for item in after}
    return [item for item in before if _place_of(item) not in kept]


def _outputs(inputs: Mapping[str, Json], release: Release) -> Object:
    """What the real provider puts out, as far as it is known without the chart.

    ``status.appVersion`` is the chart's to say, and ``resourceNames`` holds what was really made.
    """
    return {
        **inputs,
        "resourceNames": _resource_names(release),
        "status": {
            "name": release.name,
            "namespace": release.namespace,
            "chart": release.chart_name,
            "version": release.version,
            "revision": release.revision,
            "status": release.status,
        },
    }


def _resource_names(release: Release) -> Object:
    names: dict[str, list[str]] = {}
    for item in charts.objects_of(release):
        kind = _place_of(item).kind
        full = f"{kind.name}.{kind.group}" if kind.group else kind.name
        found = names.setdefault(f"{full}/{kind.api_version}", [])
        found.append(_place_of(item).identity)
    return {key: sorted(value) for key, value in sorted(names.items())}


def _note(release: Release) -> str:
    made = [
        f"{child_text(item, 'kind')} {child_text(item, 'metadata', 'name')}"
        for item in charts.objects_of(release)
    ]
    but = f" but {', '.join(made)}" if made else ""
    return (
        f"recorded, not rendered: the local cloud makes nothing of chart {release.chart_name} "
        f"{release.version}{but}. Its values are in Secret {release.namespace}/"
        f"{release.record_name}."
    )
