"""Where the stand-in once did other than Pulumi's own provider.

What the real one does is taken from its sources, of v4.32 and 27 commits: the comments say where.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

import grpc
import pytest
from pulumi.runtime.proto import engine_pb2, provider_pb2

from localcloud.plugins.kubernetes import operations, unknown_fields
from localcloud.plugins.kubernetes.api import (
    CONFLICT,
    NOT_FOUND,
    ApiError,
    ApiServer,
    NoKindError,
    Place,
    Served,
)
from localcloud.plugins.kubernetes.config import Config
from localcloud.plugins.kubernetes.engine import Engine
from localcloud.plugins.kubernetes.operations import ObjectError, Objects
from localcloud.plugins.kubernetes.service import KubernetesService
from localcloud.plugins.kubernetes.tokens import Kind
from localcloud.plugins.kubernetes.values import Json, Object
from localcloud.plugins.kubernetes.wire import to_struct

SECRET, DEPLOYMENT = Kind("", "v1", "Secret"), Kind("apps", "v1", "Deployment")
STORE = Kind("external-secrets.io", "v1", "ClusterSecretStore")
URN = "urn:pulumi:blue::eks::kubernetes:external-secrets.io/v1:ClusterSecretStore::store"


@dataclass
class Server(ApiServer):
    """An API server that knows three fields, and can refuse what it is told."""

    kinds: Sequence[Kind] = (SECRET, DEPLOYMENT)
    refusals: list[ApiError] = field(default_factory=list[ApiError])
    of_apply: ApiError | None = None
    objects: dict[str, Object] = field(default_factory=dict[str, Object])
    asked: int = 0
    namespaced: bool = True

    def served(self, kind: Kind) -> Served:
        self.asked += 1
        if kind not in self.kinds:
            raise NoKindError(kind)
        return Served(f"{kind.name.lower()}s", namespaced=self.namespaced)

    def get(self, place: Place) -> Object | None:
        return self.objects.get(place.name)

    def list(self, kind: Kind, namespace: str | None, **query: str) -> list[Object]:
        assert kind not in query.values() or not namespace
        return []

    def stored_of(self, place: Place, manifest: Json) -> Object:
        self.asked += 1
        if self.refusals:
            raise self.refusals.pop(0)
        return stored(cast("Object", manifest))

    def apply(
        self, place: Place, manifest: Json, *, manager: str, force: bool, dry_run: bool
    ) -> Object:
        assert manager or dry_run or not force
        if self.of_apply is not None:
            raise self.of_apply
        found = stored(cast("Object", manifest))
        self.objects[place.name] = found
        return found


def stored(manifest: Object) -> Object:
    """As the API server stores it: encoded, and without what it does not know."""
    found = {key: it for key, it in manifest.items() if key not in ("stringData", "unknown")}
    plain = cast("dict[str, str]", manifest.get("stringData") or {})
    if plain:
        found["data"] = {key: encoded(it) for key, it in plain.items()}
    if found.get("kind") == "Deployment":
        found["status"] = {"observedGeneration": 0, "conditions": ready()}
    return found


def ready() -> Json:
    return [
        {"type": "Available", "status": "True"},
        {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"},
    ]


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def secret(**said: Json) -> Object:
    metadata: Object = {"name": "it", "namespace": "shop"}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, **said}


def objects(server: Server) -> Objects:
    return Objects(Config(), "default", lambda: server)


def service(server: Server, engine: Engine | None = None) -> KubernetesService:
    found = KubernetesService()
    found._objects = objects(server)
    found._releases = object()  # type: ignore[assignment]
    if engine is not None:
        found._engine = engine
    return found


class Context(grpc.ServicerContext):
    """Raises what the engine would get."""

    def abort(self, code: grpc.StatusCode, details: str) -> None:  # type: ignore[override]
        raise RuntimeError(details)


Context.__abstractmethods__ = frozenset()  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "KIND_DEADLINE", 0.2)
    monkeypatch.setattr(operations, "PAUSE", 0.01)


def test_a_kind_that_is_not_there_is_told_in_the_words_of_the_real_one() -> None:
    """provider.go, `Create`; the end is the text of NoKindMatchError in k8s.io/apimachinery."""
    server = Server()
    manifest: Object = {
        "apiVersion": STORE.api_version,
        "kind": STORE.name,
        "metadata": {"name": "store"},
    }
    request = provider_pb2.CreateRequest(urn=URN, properties=to_struct(manifest))
    with pytest.raises(RuntimeError) as said:
        service(server).Create(request, Context())  # type: ignore[abstract]
    assert str(said.value) == (
        f'creation of resource "{URN}" with kind external-secrets.io/v1/ClusterSecretStore failed '
        "because the Kubernetes API server reported that the apiVersion for this resource does not "
        "exist. Verify that any required CRDs have been created: no matches for kind "
        '"ClusterSecretStore" in version "external-secrets.io/v1"'
    )
    assert server.asked > 3  # it was tried again


@pytest.mark.parametrize("namespaced", [True, False])
def test_a_namespace_that_was_guessed_of_a_new_kind_is_no_change_once_it_is_known(
    namespaced: bool,
) -> None:
    """Its definition came with the same update: provider/pkg/provider/provider.go, `Diff`."""
    pool = Kind("karpenter.sh", "v1", "NodePool")
    server = Server(kinds=(), namespaced=namespaced)
    declared: Object = {
        "apiVersion": "karpenter.sh/v1",
        "kind": "NodePool",
        "metadata": {"name": "spot"},
    }
    first, _ = objects(server).check(pool, {}, declared, name="spot", seed=b"seed")
    assert first["metadata"] == {"name": "spot", "namespace": "default"}
    server.kinds = (pool,)
    second, _ = objects(server).check(pool, first, declared, name="spot", seed=b"seed")
    assert objects(server).diff(pool, first, second).changes == {}
    elsewhere: Object = {**first, "metadata": {"name": "spot", "namespace": "shop"}}
    assert bool(objects(server).diff(pool, elsewhere, second).changes) is namespaced


def test_a_namespace_that_comes_soon_is_waited_for() -> None:
    """await.go, `Creation`: `retrier.Do(apierrors.IsNotFound, meta.IsNoMatchError)`."""
    missing = ApiError(NOT_FOUND, "NotFound", 'namespaces "shop" not found')
    server = Server(refusals=[missing, missing])
    objects(server).create(SECRET, secret(), seconds=1, preview=False)
    assert "it" in server.objects
    never = Server(refusals=[missing] * 1000)
    with pytest.raises(ObjectError, match='namespaces "shop" not found'):
        objects(never).create(SECRET, secret(), seconds=1, preview=False)


def test_a_new_object_may_have_an_unknown_field_which_is_dropped_and_told() -> None:
    """await.go, `Creation`: a POST without `fieldValidation`, of which the default is Warn."""
    server = Server()
    wanted = secret(unknown={"a": 1}, stringData={"a": "b"})
    made = objects(server).create(SECRET, wanted, seconds=1, preview=False)
    assert made.inputs == wanted
    assert "unknown" not in server.objects["it"]
    assert server.objects["it"]["data"] == {"a": encoded("b")}
    (note,) = made.notes
    assert note.startswith("unknown: unknown. The API server drops it")


def test_an_update_with_an_unknown_field_is_refused_by_the_api_server() -> None:
    """await.go, `ssaUpdate`: a server-side apply, whose schema has no such field."""
    error = ApiError(500, "", "failed to create typed patch object: .unknown: field not declared")
    server = Server(of_apply=error, objects={"it": secret()})
    with pytest.raises(ObjectError, match=r"\.unknown: field not declared"):
        objects(server).update(SECRET, secret(unknown=1), {}, seconds=1, preview=False)


def test_what_is_not_written_is_no_unknown_field() -> None:
    wanted: Object = {"spec": {"a": 0, "b": "", "c": None, "d": [], "e": {"f": False}, "g": "x"}}
    kept, dropped = unknown_fields.without(wanted, {"spec": {}})
    assert (kept, dropped) == ({"spec": {}}, ["spec.g"])
    nothing: Object = {"spec": {"a": 0, "b": "", "ingress": []}}
    assert unknown_fields.without(nothing, {"spec": {}}) == (nothing, [])
    lists: Object = {"spec": {"ports": [{"port": 1, "prot": "TCP"}]}}
    kept, dropped = unknown_fields.without(lists, {"spec": {"ports": [{"port": 1}]}})
    assert (kept, dropped) == ({"spec": {"ports": [{"port": 1}]}}, ["spec.ports[0].prot"])


def test_string_data_shows_as_data_in_diffs_and_outputs() -> None:
    """clients/unstructured.go, `normalizeSecret`; inputs have none of it, so it is of outputs."""
    server = Server()
    before, now = secret(stringData={"a": "1", "b": "2"}), secret(stringData={"a": "3", "b": "2"})
    found = objects(server).diff(SECRET, before, now)
    assert dict(found.changes) == {"data.a": "update"}
    assert found.of_outputs == {"data.a"}
    made = objects(server).create(SECRET, before, seconds=1, preview=False)
    assert made.properties["data"] == {"a": encoded("1"), "b": encoded("2")}
    assert "stringData" not in made.properties
    plain = secret(data={"a": encoded("1"), "b": encoded("2")})
    assert dict(objects(server).diff(SECRET, plain, before).changes) == {}


def test_a_conflict_is_told_with_the_real_ones_help_and_no_advice_to_force() -> None:
    """await.go, `handleSSAErr`."""
    conflict = ApiError(CONFLICT, "Conflict", 'conflict with "kubectl": .data.a')
    server = Server(of_apply=conflict, objects={"it": secret()})
    with pytest.raises(ObjectError) as said:
        objects(server).update(
            SECRET, secret(data={"a": "Yg=="}), {"__fieldManager": "m"}, seconds=1, preview=False
        )
    first, second = str(said.value).splitlines()
    assert first.startswith("server-side apply field conflict detected, see https://www.pulumi.com")
    assert second == (
        'The resource managed by field manager "m" had an apply conflict: '
        'conflict with "kubectl": .data.a'
    )
    assert "patchForce" not in str(said.value)


class Told(Engine):
    """Keeps what the engine is told."""

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[engine_pb2.LogRequest] = []
        self._stub = self  # type: ignore[assignment]

    def Log(self, request: engine_pb2.LogRequest, timeout: float) -> None:  # noqa: N802
        assert timeout
        self.requests.append(request)


@pytest.mark.parametrize(("replicas", "told"), [(0, True), (1, False)])
def test_a_deployment_without_pods_is_told_of_in_passing(*, replicas: int, told: bool) -> None:
    """deployment.go, `checkReplicaSetStatus`: a warning of status, which is ephemeral."""
    server, engine = Server(), Told()
    urn = "urn:pulumi:blue::eks::kubernetes:apps/v1:Deployment::writer"
    counts: Json = dict.fromkeys(("updatedReplicas", "replicas", "availableReplicas"), replicas)

    class Answers(Server):
        def apply(
            self, place: Place, manifest: Json, *, manager: str, force: bool, dry_run: bool
        ) -> Object:
            found = super().apply(place, manifest, manager=manager, force=force, dry_run=dry_run)
            found["status"] = {**cast("Object", found["status"]), **cast("Object", counts)}
            return found

    server = Answers()
    manifest: Object = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "writer", "namespace": "shop"},
        "spec": {"replicas": replicas},
    }
    request = provider_pb2.CreateRequest(urn=urn, properties=to_struct(manifest), timeout=1)
    service(server, engine).Create(request, Context())  # type: ignore[abstract]
    said = [(it.message, it.ephemeral, it.severity) for it in engine.requests]
    text = 'Replicas scaled to 0 for Deployment "writer"'
    assert said == ([(text, True, engine_pb2.WARNING)] if told else [])
