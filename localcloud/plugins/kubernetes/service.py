"""Serves Kubernetes objects to the Pulumi engine: the gRPC side of the provider."""

import importlib.metadata
from collections.abc import Callable, Mapping
from functools import wraps
from typing import ParamSpec, TypeVar

import grpc
from google.protobuf import any_pb2, empty_pb2, struct_pb2
from pulumi.runtime.proto import (
    plugin_pb2,
    provider_pb2,
    provider_pb2_grpc,
    status_pb2,
)
from pulumi.runtime.rpc import UNKNOWN

from localcloud.plugins.kubernetes import config, kubeconfig, resources
from localcloud.plugins.kubernetes.api import ApiError, NoKindError, UnreachableError
from localcloud.plugins.kubernetes.config import ConfigError
from localcloud.plugins.kubernetes.diff import Change
from localcloud.plugins.kubernetes.engine import Engine
from localcloud.plugins.kubernetes.kubeconfig import KubeconfigError
from localcloud.plugins.kubernetes.operations import ObjectError, Objects, Written
from localcloud.plugins.kubernetes.releases import TOKEN as RELEASE
from localcloud.plugins.kubernetes.releases import Releases
from localcloud.plugins.kubernetes.resources import Resources
from localcloud.plugins.kubernetes.tokens import UnknownTokenError
from localcloud.plugins.kubernetes.values import Json, Object, has_unknown
from localcloud.plugins.kubernetes.waitfor import WaitForError
from localcloud.plugins.kubernetes.waiting import GoneError, StillThereError
from localcloud.plugins.kubernetes.wire import WireError, to_plain, to_struct
from localcloud.releases import RecordError

_FOR_USERS = (
    ApiError,
    ConfigError,
    GoneError,
    KubeconfigError,
    NoKindError,
    ObjectError,
    RecordError,
    StillThereError,
    UnknownTokenError,
    UnreachableError,
    WaitForError,
    WireError,
)

_DIFF_KIND = {
    ("add", False): provider_pb2.PropertyDiff.ADD,
    ("add", True): provider_pb2.PropertyDiff.ADD_REPLACE,
    ("delete", False): provider_pb2.PropertyDiff.DELETE,
    ("delete", True): provider_pb2.PropertyDiff.DELETE_REPLACE,
    ("update", False): provider_pb2.PropertyDiff.UPDATE,
    ("update", True): provider_pb2.PropertyDiff.UPDATE_REPLACE,
}

_P = ParamSpec("_P")
_Answer = TypeVar("_Answer")


def _told_plainly(method: Callable[_P, _Answer]) -> Callable[_P, _Answer]:
    """Turns this provider's errors into gRPC statuses whose text is the message alone."""

    @wraps(method)
    def serve(*args: _P.args, **kwargs: _P.kwargs) -> _Answer:
        try:
            return method(*args, **kwargs)
        except _FOR_USERS as error:
            context = next(a for a in args if isinstance(a, grpc.ServicerContext))
            context.abort(grpc.StatusCode.UNKNOWN, str(error))

    return serve


class KubernetesService(provider_pb2_grpc.ResourceProviderServicer):
    """One provider instance: the engine configures it once and then calls it from many threads."""

    def __init__(self, engine: str = "") -> None:
        """Takes the engine's address, as given on the command line."""
        self._objects: Objects | None = None
        self._releases: Releases | None = None
        self._engine = Engine(engine)

    def Handshake(  # noqa: N802, D102
        self, request: provider_pb2.ProviderHandshakeRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ProviderHandshakeResponse:
        self._engine = Engine(request.engine_address)
        return provider_pb2.ProviderHandshakeResponse()

    def GetPluginInfo(  # noqa: N802, D102
        self, request: empty_pb2.Empty, context: grpc.ServicerContext
    ) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=importlib.metadata.version("pulumi-kubernetes"))

    @_told_plainly
    def CheckConfig(  # noqa: N802
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        """Refuses settings that are not known."""
        values = to_plain(request.news)
        known = {key: value for key, value in values.items() if not has_unknown(value)}
        failures: list[provider_pb2.CheckFailure] = []
        try:
            config.read(known | {key: None for key in values if key not in known})
        except ConfigError as error:
            failures.append(provider_pb2.CheckFailure(property=error.key, reason=error.reason))
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    @_told_plainly
    def DiffConfig(  # noqa: N802
        self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext
    ) -> provider_pb2.DiffResponse:
        """A provider that points at another cluster is another provider."""
        old = to_plain(request.old_inputs) or to_plain(request.olds)
        new = to_plain(request.news)
        changed = sorted(key for key in {*old, *new} if old.get(key) != new.get(key))
        replaces: list[str] = []
        if "clusterIdentifier" in new or "clusterIdentifier" in old:
            replaces = [key for key in changed if key == "clusterIdentifier"]
        elif _cluster(old) != _cluster(new) and not has_unknown(new):
            replaces = [key for key in changed if key in {"kubeconfig", "context", "cluster"}]
        kinds = provider_pb2.DiffResponse
        return provider_pb2.DiffResponse(
            changes=kinds.DIFF_SOME if changed else kinds.DIFF_NONE,
            diffs=changed,
            replaces=replaces,
        )

    @_told_plainly
    def Configure(  # noqa: N802
        self, request: provider_pb2.ConfigureRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ConfigureResponse:
        """Reads the settings, and asks the cluster once whether it answers."""
        settings = config.read(to_plain(request.args))
        self._objects, self._releases = resources.of_cluster(settings)
        # Resource references and secrets arrive as plain values: objects hold nothing else.
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    @_told_plainly
    def Check(  # noqa: N802, D102
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        inputs, mistakes = self._resources_of(request.urn).check(
            self._to_object(request.urn, request.olds),
            self._to_object(request.urn, request.news),
            name=request.urn.rpartition("::")[2],
            seed=request.randomSeed,
        )
        failures = [provider_pb2.CheckFailure(property=m.path, reason=m.reason) for m in mistakes]
        return provider_pb2.CheckResponse(inputs=to_struct(inputs), failures=failures)

    @_told_plainly
    def Diff(  # noqa: N802, D102
        self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext
    ) -> provider_pb2.DiffResponse:
        found = self._resources_of(request.urn).diff(
            self._to_object(request.urn, request.old_inputs),
            self._to_object(request.urn, request.news),
        )

        def property_diff(path: str, change: Change) -> provider_pb2.PropertyDiff:
            kind = _DIFF_KIND[change, path in found.replacing]
            return provider_pb2.PropertyDiff(kind=kind, inputDiff=path not in found.of_outputs)

        kinds = provider_pb2.DiffResponse
        some = bool(found.changes or found.replacing)
        return provider_pb2.DiffResponse(
            changes=kinds.DIFF_SOME if some else kinds.DIFF_NONE,
            replaces=sorted(found.replacing),
            deleteBeforeReplace=found.delete_first,
            diffs=sorted({_top(path) for path in found.changes}),
            detailedDiff={
                path: property_diff(path, change) for path, change in found.changes.items()
            },
            hasDetailedDiff=True,
        )

    @_told_plainly
    def Create(  # noqa: N802, D102
        self, request: provider_pb2.CreateRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CreateResponse:
        chosen = self._resources_of(request.urn)
        try:
            written = chosen.create(
                self._to_object(request.urn, request.properties),
                seconds=request.timeout,
                preview=request.preview,
            )
        except NoKindError as error:
            raise ObjectError(_no_kind("creation", request.urn, error)) from error
        self._warn(request.urn, written)
        _refuse_unready(context, chosen, written)
        identity = "" if request.preview and UNKNOWN in written.identity else written.identity
        properties = to_struct(written.properties, chosen.secret)
        return provider_pb2.CreateResponse(id=identity, properties=properties)

    @_told_plainly
    def Read(  # noqa: N802, D102
        self, request: provider_pb2.ReadRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ReadResponse:
        chosen = self._resources_of(request.urn)
        written = chosen.read(
            request.id,
            self._to_object(request.urn, request.inputs),
            self._to_object(request.urn, request.properties),
        )
        if written is None:
            return provider_pb2.ReadResponse()
        _refuse_unready(context, chosen, written)
        secret = chosen.secret
        return provider_pb2.ReadResponse(
            id=written.identity,
            properties=to_struct(written.properties, secret),
            inputs=to_struct(written.inputs, tuple(k for k in secret if k in written.inputs)),
        )

    @_told_plainly
    def Update(  # noqa: N802, D102
        self, request: provider_pb2.UpdateRequest, context: grpc.ServicerContext
    ) -> provider_pb2.UpdateResponse:
        chosen = self._resources_of(request.urn)
        try:
            written = chosen.update(
                self._to_object(request.urn, request.news),
                self._to_object(request.urn, request.olds),
                seconds=request.timeout,
                preview=request.preview,
            )
        except NoKindError as error:
            raise ObjectError(_no_kind("update", request.urn, error)) from error
        self._warn(request.urn, written)
        _refuse_unready(context, chosen, written)
        properties = to_struct(written.properties, chosen.secret)
        return provider_pb2.UpdateResponse(properties=properties)

    @_told_plainly
    def Delete(  # noqa: N802, D102
        self, request: provider_pb2.DeleteRequest, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        properties = self._to_object(request.urn, request.properties)
        self._resources_of(request.urn).delete(request.id, properties, seconds=request.timeout)
        return empty_pb2.Empty()

    @_told_plainly
    def Invoke(  # noqa: N802
        self, request: provider_pb2.InvokeRequest, context: grpc.ServicerContext
    ) -> provider_pb2.InvokeResponse:
        """No function is known."""
        raise UnknownTokenError(request.tok)

    @_told_plainly
    def Construct(  # noqa: N802
        self, request: provider_pb2.ConstructRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ConstructResponse:
        """No component is known: charts and YAML files come with the real provider."""
        raise UnknownTokenError(request.type)

    @_told_plainly
    def Call(  # noqa: N802
        self, request: provider_pb2.CallRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CallResponse:
        """No method is known."""
        raise UnknownTokenError(request.tok)

    def Cancel(  # noqa: N802
        self, request: empty_pb2.Empty, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        """Ends every wait; what was written is kept in the state."""
        if self._objects is not None:
            self._objects.cancelled.set()
        return empty_pb2.Empty()

    def _resources_of(self, urn: str) -> Resources:
        """The resources of the type that a URN names."""
        if self._objects is None or self._releases is None:
            raise ObjectError("the kubernetes provider was called before it was configured")
        token = _token(urn)
        if token == RELEASE:
            return self._releases
        return resources.of_type(self._objects, token)

    def _to_object(self, urn: str, properties: struct_pb2.Struct) -> Object:
        # In a release's values, null means something: it takes a chart's default away.
        return to_plain(properties, nulls=_token(urn) == RELEASE)

    def _warn(self, urn: str, written: Written) -> None:
        for note in written.passing:
            self._engine.warn_in_passing(urn, note)
        for note in written.notes:
            self._engine.warn(urn, note)


def _token(urn: str) -> str:
    """The type of the resource with that URN, where it may follow those of its parents."""
    return urn.split("::")[2].rpartition("$")[2]


def _no_kind(what: str, urn: str, error: NoKindError) -> str:
    """As the real provider has it (provider/pkg/provider/provider.go, `Create` and `Update`)."""
    kind = f"{error.kind.api_version}/{error.kind.name}"
    of = f" with kind {kind}" if what == "creation" else ""
    return (
        f'{what} of resource "{urn}"{of} failed because the Kubernetes API server reported that '
        "the apiVersion for this resource does not exist. Verify that any required CRDs have been "
        f"created: {error}"
    )


def _top(path: str) -> str:
    return path.partition(".")[0].partition("[")[0]


def _cluster(values: Mapping[str, Json]) -> str | None:
    """What tells one cluster from another, as far as settings can tell."""
    text, context, cluster = (values.get(key) for key in ("kubeconfig", "context", "cluster"))
    try:
        access = kubeconfig.load(
            text if isinstance(text, str) else None,
            context if isinstance(context, str) else None,
            cluster if isinstance(cluster, str) else None,
        )
    except KubeconfigError:
        return None
    return access.server


def _refuse_unready(context: grpc.ServicerContext, chosen: Resources, written: Written) -> None:
    """Reports an object that exists but is not ready, so that the engine keeps it."""
    if not written.problems:
        return
    detail = any_pb2.Any()
    detail.Pack(
        provider_pb2.ErrorResourceInitFailed(
            id=written.identity,
            properties=to_struct(written.properties, chosen.secret),
            inputs=to_struct(written.inputs),
            reasons=written.problems,
        )
    )
    message = written.problems[0]
    code = grpc.StatusCode.UNKNOWN
    status = status_pb2.Status(code=code.value[0], message=message, details=[detail])
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(code, message)
