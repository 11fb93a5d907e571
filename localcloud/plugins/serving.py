"""Serves a provider plugin to the Pulumi engine over gRPC.

Plugins here work on plain JSON: secrets and resource references are refused in the handshake, so
the engine sends plain values, and a value that is not known yet is the engine's `UNKNOWN` mark.
"""

import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias, cast

import grpc
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc
from pulumi.runtime.rpc import UNKNOWN

Object: TypeAlias = dict[str, Any]
"""A JSON object: the properties of a resource, an invoke or a provider."""

_WORKERS = 32
_MESSAGE_BYTES = 400 * 1024 * 1024  # what the engine itself allows


class PluginError(Exception):
    """Something the plugin cannot do; the engine shows the message beside the resource."""


@dataclass(frozen=True)
class Failure:
    """One mistake in a resource's inputs: the property's path and what is wrong with it."""

    path: str
    reason: str


@dataclass(frozen=True)
class Difference:
    """How new inputs differ from the old ones.

    Attributes:
        changes: property path → ``add``, ``update`` or ``delete``.
        replaces: the paths among these that can only be changed by a new resource.
        delete_first: whether the old resource must go before the new one comes.
    """

    changes: dict[str, str] = field(default_factory=dict[str, str])
    replaces: frozenset[str] = frozenset()
    delete_first: bool = False


@dataclass(frozen=True)
class Read:
    """A resource as it really is, and the inputs that would make it so."""

    resource_id: str
    state: Object
    inputs: Object


class Plugin(Protocol):
    """A provider as the engine uses it. Each method may raise `PluginError`."""

    version: str

    def configure(self, config: Object) -> None:
        """Takes the provider's configuration."""
        ...

    def check(
        self, token: str, name: str, olds: Object, news: Object, seed: bytes
    ) -> tuple[Object, list[Failure]]:
        """Completes inputs (automatic names, for example) and finds the mistakes in them."""
        ...

    def diff(self, token: str, old_state: Object, old_inputs: Object, news: Object) -> Difference:
        """Compares inputs."""
        ...

    def create(
        self, token: str, inputs: Object, *, preview: bool, timeout: float
    ) -> tuple[str, Object]:
        """Creates a resource; gives its id and state. Seconds of `timeout` 0 mean the default."""
        ...

    def read(self, token: str, resource_id: str, state: Object, inputs: Object) -> Read | None:
        """Reads a resource, or gives None when it is gone. Empty state means an import."""
        ...

    def update(
        self,
        token: str,
        resource_id: str,
        old_state: Object,
        old_inputs: Object,
        news: Object,
        *,
        preview: bool,
        timeout: float,
    ) -> Object:
        """Changes a resource in place; gives its new state."""
        ...

    def delete(self, token: str, resource_id: str, state: Object, *, timeout: float) -> None:
        """Deletes a resource. One that is gone already is no error."""
        ...

    def invoke(self, token: str, arguments: Object) -> Object:
        """Answers a function call."""
        ...


def serve(plugin: Plugin) -> None:
    """Serves `plugin` until the engine or the plugin's parent ends; prints the port first."""
    _end_with_parent()
    options = [
        ("grpc.max_receive_message_length", _MESSAGE_BYTES),
        ("grpc.max_send_message_length", _MESSAGE_BYTES),
    ]
    server = grpc.server(ThreadPoolExecutor(_WORKERS), options=options)
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(_Servicer(plugin), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    ended.wait()
    server.stop(grace=None)
    # Threads that still wait on AWS must not keep the process.
    os._exit(0)


def _end_with_parent() -> None:
    """Ends this process with the engine, even with one that was killed."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            if _gone.wait(1.0):
                return
        os._exit(1)

    _gone = threading.Event()
    threading.Thread(target=watch, name="parent", daemon=True).start()


def _plain(struct: struct_pb2.Struct) -> Object:
    """A protobuf structure as JSON, whole numbers as int."""
    return cast("Object", _whole(json_format.MessageToDict(struct)))


def _whole(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _whole(v) for k, v in cast("Object", value).items()}
    if isinstance(value, list):
        return [_whole(v) for v in cast("list[Any]", value)]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _struct(value: Object) -> struct_pb2.Struct:
    result = struct_pb2.Struct()
    json_format.ParseDict(value, result)
    return result


def _token(urn: str) -> str:
    return urn.split("::")[2].rsplit("$", 1)[-1]


def _name(urn: str) -> str:
    return urn.split("::", 3)[3]


class _Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """Translates between the engine's messages and a `Plugin`."""

    def __init__(self, plugin: Plugin) -> None:
        self._plugin = plugin

    def _do(self, context: grpc.ServicerContext, work: Callable[[], Any]) -> Any:
        try:
            return work()
        except PluginError as error:
            context.abort(grpc.StatusCode.UNKNOWN, str(error))
        except Exception as error:
            # The engine shows only the message; the place is in the plugin's stderr.
            traceback.print_exc(file=sys.stderr)
            context.abort(grpc.StatusCode.UNKNOWN, f"{type(error).__name__}: {error}")

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        return provider_pb2.ProviderHandshakeResponse()

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        from pulumi.runtime.proto import plugin_pb2  # noqa: PLC0415

        return plugin_pb2.PluginInfo(version=self._plugin.version)

    def Attach(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        # Not the end: the engine waits for what is under way and then ends the process.
        return empty_pb2.Empty()

    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        same = _plain(request.old_inputs or request.olds) == _plain(request.news)
        some, none = provider_pb2.DiffResponse.DIFF_SOME, provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(changes=none if same else some)

    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        self._do(context, lambda: self._plugin.configure(_plain(request.args)))
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    def Check(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        inputs, failures = self._do(
            context,
            lambda: self._plugin.check(
                _token(request.urn),
                _name(request.urn),
                _plain(request.olds),
                _plain(request.news),
                request.randomSeed,
            ),
        )
        return provider_pb2.CheckResponse(
            inputs=_struct(inputs),
            failures=[
                provider_pb2.CheckFailure(property=failure.path, reason=failure.reason)
                for failure in failures
            ],
        )

    def Diff(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        found: Difference = self._do(
            context,
            lambda: self._plugin.diff(
                _token(request.urn),
                _plain(request.olds),
                _plain(request.old_inputs),
                _plain(request.news),
            ),
        )
        response = provider_pb2.DiffResponse
        detailed: dict[str, Any] = {}
        for path, change in found.changes.items():
            kind = f"{change.upper()}_REPLACE" if path in found.replaces else change.upper()
            detailed[path] = provider_pb2.PropertyDiff(
                kind=provider_pb2.PropertyDiff.Kind.Value(kind), inputDiff=True
            )
        return response(
            changes=response.DIFF_SOME if found.changes else response.DIFF_NONE,
            diffs=sorted({_top(path) for path in found.changes}),
            replaces=sorted({_top(path) for path in found.replaces}),
            deleteBeforeReplace=found.delete_first,
            detailedDiff=detailed,
            hasDetailedDiff=True,
        )

    def Create(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        resource_id, state = self._do(
            context,
            lambda: self._plugin.create(
                _token(request.urn),
                _plain(request.properties),
                preview=request.preview,
                timeout=request.timeout,
            ),
        )
        return provider_pb2.CreateResponse(id=resource_id, properties=_struct(state))

    def Read(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        found: Read | None = self._do(
            context,
            lambda: self._plugin.read(
                _token(request.urn), request.id, _plain(request.properties), _plain(request.inputs)
            ),
        )
        if found is None:
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(
            id=found.resource_id, properties=_struct(found.state), inputs=_struct(found.inputs)
        )

    def Update(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        state = self._do(
            context,
            lambda: self._plugin.update(
                _token(request.urn),
                request.id,
                _plain(request.olds),
                _plain(request.old_inputs),
                _plain(request.news),
                preview=request.preview,
                timeout=request.timeout,
            ),
        )
        return provider_pb2.UpdateResponse(properties=_struct(state))

    def Delete(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        self._do(
            context,
            lambda: self._plugin.delete(
                _token(request.urn),
                request.id,
                _plain(request.properties),
                timeout=request.timeout,
            ),
        )
        return empty_pb2.Empty()

    def Invoke(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        answer = self._do(context, lambda: self._plugin.invoke(request.tok, _plain(request.args)))
        return provider_pb2.InvokeResponse(**{"return": _struct(answer)})


def _top(path: str) -> str:
    """First property of a path such as ``tags["a.b"]`` or ``ingress[0].fromPort``."""
    for position, character in enumerate(path):
        if character in ".[":
            return path[:position]
    return path


def is_unknown(value: object) -> bool:
    """Whether any part of `value` is not known yet."""
    if isinstance(value, dict):
        return any(is_unknown(item) for item in cast("dict[str, object]", value).values())
    if isinstance(value, list):
        return any(is_unknown(item) for item in cast("list[object]", value))
    return value == UNKNOWN
