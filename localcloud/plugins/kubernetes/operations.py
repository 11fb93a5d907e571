"""Creates, reads, updates and deletes the objects that a program declares."""

import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from localcloud.fair_clock import FairClock
from localcloud.plugins.kubernetes import diff, live, manifest, secret_data, unknown_fields
from localcloud.plugins.kubernetes.api import (
    CONFLICT,
    FORBIDDEN,
    NOT_FOUND,
    ApiError,
    ApiServer,
    NoKindError,
    Place,
    UnreachableError,
)
from localcloud.plugins.kubernetes.config import Config
from localcloud.plugins.kubernetes.manifest import without_internal
from localcloud.plugins.kubernetes.readiness import scaled_to_nothing
from localcloud.plugins.kubernetes.tokens import Kind
from localcloud.plugins.kubernetes.values import (
    Json,
    Object,
    annotation,
    child,
    child_map,
    child_text,
    has_unknown,
)
from localcloud.plugins.kubernetes.waiting import NotReadyError, Waiter

FIELD_MANAGER = "__fieldManager"
INITIAL_API_VERSION = "__initialApiVersion"

KIND_DEADLINE = 10.0
"""Seconds of a `FairClock` between a kind's definition being established and its first object."""

PAUSE = 0.5
"""Seconds between two looks for a kind or a namespace that is not there yet."""

_CONFLICT_HELP = (
    "https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/"
    "managing-resources-with-server-side-apply/#handle-field-conflicts-on-existing-resources"
)

Propagation = Literal["Foreground", "Background", "Orphan"]

_PROPAGATION: Mapping[str, Propagation] = {
    "": "Foreground",
    "foreground": "Foreground",
    "background": "Background",
    "orphan": "Orphan",
}

_GIVEN_BY_SERVER = ("creationTimestamp", "generation", "resourceVersion", "uid")


class ObjectError(Exception):
    """An object cannot be written or read; the message says which and why."""


@dataclass(frozen=True)
class Written:
    """What an operation leaves behind.

    Attributes:
        identity: ``namespace/name`` or the name.
        properties: the resource's outputs.
        inputs: its declaration as the cluster has it.
        problems: why the object is not ready; empty when it is.
        notes: what a user must know of how it was done.
        passing: what is shown beside the resource while it is worked on, and then no more.
    """

    identity: str
    properties: Object
    inputs: Object
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    passing: tuple[str, ...] = ()


def _namespace_of(declared: Object) -> str:
    return child_text(declared, "metadata", "namespace")


def _cluster_wide(declared: Object) -> Object:
    metadata = {k: v for k, v in child_map(declared, "metadata").items() if k != "namespace"}
    return {**declared, "metadata": metadata}


class Objects:
    """The objects of one API server.

    Methods raise `ObjectError`, `ApiError`, `NoKindError`, `UnreachableError`, `KubeconfigError`,
    `WaitForError`, `GoneError` and `StillThereError`; each message is meant for the user.
    """

    def __init__(self, config: Config, namespace: str, connect: Callable[[], ApiServer]) -> None:
        """Connects only when it must: a preview does with what it has.

        Args:
            config: the provider's settings.
            namespace: namespace of objects that name none.
            connect: gives the API server; may raise what the methods raise.
        """
        self._config = config
        self._namespace = namespace
        self._connect = connect
        self.cancelled = threading.Event()

    def check(
        self, kind: Kind, old: Object, new: Object, *, name: str, seed: bytes
    ) -> tuple[Object, list[manifest.Mistake]]:
        """The complete manifest of a declaration, and what is wrong with it."""
        namespace = self._namespace if self._is_namespaced(kind) else None
        declared = without_internal(new)
        complete = manifest.complete(
            kind, declared, old, resource_name=name, seed=seed, namespace=namespace
        )
        return complete, manifest.mistakes(kind, complete)

    def diff(
        self, kind: Kind, old: Object, new: Object, *, in_place: bool = False
    ) -> diff.Difference:
        """How the wanted manifest differs from that of the last update.

        Args:
            kind: what it is.
            old: manifest of the last update.
            new: the wanted one.
            in_place: nothing but another name or namespace is another object.
        """
        before, new = self._without_guessed(kind, without_internal(old), new)
        old_kind = _kind_of(before, kind)
        plain = kind.group_kind == secret_data.SECRET and bool(child_map(new, "stringData"))
        if kind.group_kind == secret_data.SECRET:
            before, new = secret_data.as_stored(before), secret_data.as_stored(new)
        flags = {
            ("", "ConfigMap"): self._config.mutable_config_maps,
            ("", "Secret"): self._config.mutable_secrets,
        }
        mutable = flags.get(kind.group_kind, False)
        found = diff.compare(
            _kind_of(new, kind),
            before,
            new,
            mutable_data=mutable,
            old_kind=old_kind,
            in_place=in_place,
        )
        return secret_data.shown_of_outputs(found) if plain else found

    def create(
        self, kind: Kind, new: Object, *, seconds: float, preview: bool, or_patch: bool = False
    ) -> Written:
        """Creates an object and waits until it is ready.

        One that exists already is an error, whatever its annotations say, unless the provider's
        settings take all of them over or it is a patch: Pulumi's own sends a plain POST
        (provider/pkg/await/await.go, `Creation`). So fields that the schema lacks are dropped, and
        a namespace or kind that is not there yet is waited for: there through five further tries
        in 63 seconds, here for `KIND_DEADLINE`.
        """
        new = without_internal(new)
        manager = f"pulumi-kubernetes-{secrets.token_hex(4)}"
        if preview:
            return self._preview(kind, new, {}, manager)
        server = self._connect()
        place, new = self._place(server, kind, new)
        if not (self._config.upsert or or_patch) and server.get(place) is not None:
            plural = server.served(place.kind).plural
            raise ObjectError(f'{plural} "{place.name}" already exists')
        dropped: list[str] = []
        if not (self._config.upsert or or_patch):
            known, dropped = self._without_unknown(server, place, new)
        else:
            known = new
        written = self._write(server, place, known, {FIELD_MANAGER: manager}, seconds)
        notes = (*written.notes, *unknown_fields.notes(dropped))
        return replace(written, inputs=new, notes=notes)

    def _without_unknown(
        self, server: ApiServer, place: Place, new: Object
    ) -> tuple[Object, list[str]]:
        clock = FairClock()
        while True:
            try:
                return unknown_fields.without(new, server.stored_of(place, new))
            except ApiError as error:
                there_soon = error.code == NOT_FOUND and clock.seconds <= KIND_DEADLINE
                if not there_soon or self.cancelled.wait(PAUSE):
                    raise ObjectError(f"{place.kind.name} {place.identity}: {error}") from error

    def update(
        self, kind: Kind, new: Object, properties: Object, *, seconds: float, preview: bool
    ) -> Written:
        """Changes an object and waits until it is ready again.

        Args:
            kind: what it is.
            new: the wanted manifest.
            properties: the resource's outputs so far.
            seconds: how long to wait; 0 for the default.
            preview: whether only to find out what would happen.
        """
        new = without_internal(new)
        if preview:
            manager = child_text(properties, FIELD_MANAGER)
            return self._preview(kind, new, properties, manager)
        server = self._connect()
        place, new = self._place(server, kind, new)
        if server.get(place) is None:
            raise ObjectError(
                f"{kind.name} {place.identity} no longer exists in the cluster; "
                "`pulumi refresh` makes Pulumi know, and the next update creates it again"
            )
        return self._write(server, place, new, properties, seconds)

    def read(self, kind: Kind, identity: str, old: Object, properties: Object) -> Written | None:
        """The object as it is now, or None when there is none.

        Args:
            kind: what it is.
            identity: ``namespace/name`` or the name.
            old: manifest of the last update; empty for an object that is only read or imported.
            properties: the resource's outputs so far.
        """
        namespace, _, name = identity.rpartition("/")
        try:
            server = self._connect()
            if not namespace and server.served(kind).namespaced:
                namespace = self._namespace
            place = Place(kind, namespace or None, name)
            found = server.get(place)
        except NoKindError:
            return None
        except UnreachableError:
            if self._config.delete_unreachable:
                return None
            raise
        if found is None:
            return None
        answer = self._written(found, properties)
        lacking = Waiter(server, self.cancelled).lacking(place, found) if old else None
        return Written(
            place.identity,
            answer,
            live.declared_in(found, old),
            (f"{kind.name} {place.identity}: {lacking}",) if lacking else (),
        )

    def delete(self, kind: Kind, identity: str, properties: Object, *, seconds: float) -> None:
        """Deletes an object with what depends on it, and waits until it is gone."""
        namespace, _, name = identity.rpartition("/")
        place = Place(kind, namespace or None, name)
        wanted = annotation(properties, manifest.DELETION_PROPAGATION).lower()
        if wanted not in _PROPAGATION:
            raise ObjectError(f"annotation {manifest.DELETION_PROPAGATION}: {wanted!r} is unknown")
        try:
            server = self._connect()
            found = server.get(place)
            if found is None:
                return
            server.delete(place, _PROPAGATION[wanted])
        except NoKindError:
            return
        except UnreachableError:
            if self._config.delete_unreachable:
                return
            raise
        except ApiError as error:
            if error.code == NOT_FOUND:
                return
            raise
        if annotation(properties, manifest.SKIP_AWAIT) != "true":
            identifier = child_text(found, "metadata", "uid")
            Waiter(server, self.cancelled).wait_until_gone(place, identifier, seconds)

    def relinquish(self, kind: Kind, identity: str, properties: Object) -> None:
        """Gives up the parts of an object that a patch said; the object stays."""
        namespace, _, name = identity.rpartition("/")
        place = Place(kind, namespace or None, name)
        try:
            server = self._connect()
            if server.get(place) is None:
                return
        except NoKindError:
            return
        metadata: Object = {"name": name, **({"namespace": namespace} if namespace else {})}
        nothing: Object = {
            "apiVersion": kind.api_version,
            "kind": kind.name,
            "metadata": metadata,
        }
        manager = child_text(properties, FIELD_MANAGER)
        self._apply(server, place, nothing, manager, dry_run=False)

    def _is_namespaced(self, kind: Kind) -> bool:
        if kind.group_kind in manifest.CLUSTER_WIDE:
            return False
        if "." not in kind.group or kind.group.endswith(".k8s.io"):
            return True
        # A kind of someone's own: where its definition is not there yet, it is taken to have
        # namespaces, which is put right when it is created.
        try:
            return self._connect().served(kind).namespaced
        except (NoKindError, UnreachableError):
            return True

    def _without_guessed(self, kind: Kind, old: Object, new: Object) -> tuple[Object, Object]:
        """Both without the namespace that one of them got before the kind was known."""
        if _namespace_of(old) == _namespace_of(new) or self._is_namespaced(kind):
            return old, new
        return _cluster_wide(old), _cluster_wide(new)

    def _place(self, server: ApiServer, kind: Kind, new: Object) -> tuple[Place, Object]:
        """Where an object belongs, and its manifest without a namespace it cannot have."""
        kind = _kind_of(new, kind)
        clock = FairClock()
        while True:
            try:
                served = server.served(kind)
                break
            except NoKindError:
                if clock.seconds > KIND_DEADLINE or self.cancelled.wait(PAUSE):
                    raise
        name = child_text(new, "metadata", "name")
        if served.namespaced:
            return Place(kind, child_text(new, "metadata", "namespace"), name), new
        return Place(kind, None, name), _cluster_wide(new)

    def _forced(self, new: Object) -> bool:
        own = annotation(new, manifest.PATCH_FORCE)
        return own == "true" if own else self._config.patch_force

    def _write(
        self, server: ApiServer, place: Place, new: Object, before: Object, seconds: float
    ) -> Written:
        manager = child_text(before, FIELD_MANAGER) or f"pulumi-kubernetes-{secrets.token_hex(4)}"
        found = self._apply(server, place, new, manager, dry_run=False)
        before = {**before, FIELD_MANAGER: manager}
        before.setdefault(INITIAL_API_VERSION, place.kind.api_version)
        problems: tuple[str, ...] = ()
        try:
            found = Waiter(server, self.cancelled).wait_until_ready(place, found, seconds)
        except NotReadyError as error:
            found, problems = error.live, tuple(error.reasons)
        answer = self._written(found, before)
        passing = () if problems else scaled_to_nothing(place.kind, found)
        return Written(place.identity, answer, new, problems, passing=passing)

    def _apply(
        self, server: ApiServer, place: Place, new: Object, manager: str, *, dry_run: bool
    ) -> Object:
        force = self._forced(new)
        try:
            return server.apply(place, new, manager=manager, force=force, dry_run=dry_run)
        except ApiError as error:
            said = f"{place.kind.name} {place.identity}: {error}"
            if error.code == CONFLICT and error.reason == "Conflict" and not force:
                # As the real provider has it (provider/pkg/await/await.go, `handleSSAErr`).
                said = (
                    "server-side apply field conflict detected, see "
                    f"{_CONFLICT_HELP} for troubleshooting help\nThe resource managed by field "
                    f'manager "{manager}" had an apply conflict: {error}'
                )
            raise ObjectError(said) from error

    def _preview(self, kind: Kind, new: Object, before: Object, manager: str) -> Written:
        """What writing would give, as far as the API server can tell without doing it."""
        unwritten = {**new, **{k: v for k, v in before.items() if k.startswith("__")}}
        metadata = child_map(new, "metadata")
        name, namespace = metadata.get("name"), metadata.get("namespace")
        identity = f"{namespace}/{name}" if namespace else str(name)
        nothing = Written(identity, unwritten, new)
        if has_unknown(new):
            return nothing
        kind = _kind_of(new, kind)
        place = Place(kind, str(namespace) if namespace else None, str(name))
        try:
            server = self._connect()
            if not server.served(kind).namespaced:
                place = Place(kind, None, place.name)
            if not before and server.get(place) is not None:
                # It will be gone by then if this is a replacement, and refused otherwise.
                return nothing
            wanted: Object = {**new, "metadata": _without_namespace(metadata, place)}
            if not before:
                wanted, _ = unknown_fields.without(wanted, server.stored_of(place, wanted))
            manager = manager or "pulumi-kubernetes"
            answer = server.apply(place, wanted, manager=manager, force=True, dry_run=True)
        except (NoKindError, UnreachableError):
            return nothing
        except ApiError as error:
            # Its namespace is not there yet; or, as with Pulumi's own provider, whoever may only
            # read gets what can be known without asking.
            if error.code in (NOT_FOUND, FORBIDDEN):
                return nothing
            raise ObjectError(f"{kind.name} {identity}: {error}") from error
        found = self._written(answer, before)
        found.pop("status", None)
        if not before:
            cleared = child_map(found, "metadata")
            found["metadata"] = {k: v for k, v in cleared.items() if k not in _GIVEN_BY_SERVER}
            found.pop(FIELD_MANAGER, None)
        return Written(identity, found, new)

    def _written(self, found: Object, before: Object) -> Object:
        answer = live.outputs(found)
        for key in (FIELD_MANAGER, INITIAL_API_VERSION):
            value = child(before, key)
            if value is not None:
                answer[key] = value
        return answer


def _without_namespace(metadata: Mapping[str, Json], place: Place) -> Mapping[str, Json]:
    if place.namespace:
        return metadata
    return {key: value for key, value in metadata.items() if key != "namespace"}


def _kind_of(found: Object, otherwise: Kind) -> Kind:
    """The kind that a manifest names itself."""
    api_version, kind = child(found, "apiVersion"), child(found, "kind")
    if isinstance(api_version, str) and isinstance(kind, str):
        return Kind.of_manifest(api_version, kind)
    return otherwise
