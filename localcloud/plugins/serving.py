"""Serves a provider plugin to the Pulumi engine over gRPC.

Plugins here work on plain JSON. The handshake accepts neither secrets nor resource references, so
the engine sends plain values and ids, and keeps what is secret so by itself; a provider's
configuration, which it sends with secrets all the same, is opened here. A value that is not known
yet is the engine's `UNKNOWN` mark.
"""

import os
import sys
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, cast

import grpc
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc
from pulumi.runtime.rpc import _special_secret_sig, _special_sig_key

from localcloud.ending import Ending
from localcloud.plugins.language import end_with_parent
from localcloud.plugins.plugin import Difference, Object, Plugin, PluginError
from localcloud.plugins.slowness import slowness

_Answer = TypeVar("_Answer")

_WORKERS = 32
_MESSAGE_BYTES = 400 * 1024 * 1024  # what the engine itself allows


def serve(plugin: Plugin) -> None:
    """Serves `plugin` until the engine or the plugin's parent ends; prints the port first."""
    end_with_parent()
    options = [
        ("grpc.max_receive_message_length", _MESSAGE_BYTES),
        ("grpc.max_send_message_length", _MESSAGE_BYTES),
    ]
    workers = ThreadPoolExecutor(_WORKERS)
    server = grpc.server(workers, options=options, interceptors=slowness())
    ending = Ending()
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(_Servicer(plugin), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    ending.wait()
    server.stop(grace=None)
    # Threads that still wait on AWS must not keep the process.
    os._exit(0)


def _to_object(struct: struct_pb2.Struct) -> Object:
    """A protobuf structure as JSON: whole numbers as int, secrets opened."""
    return cast("Object", _opened(json_format.MessageToDict(struct)))


def _opened(value: object) -> object:
    if isinstance(value, dict):
        items = cast("dict[str, object]", value)
        if items.get(_special_sig_key) == _special_secret_sig:
            return _opened(items.get("value"))
        return {key: _opened(item) for key, item in items.items()}
    if isinstance(value, list):
        return [_opened(item) for item in cast("list[object]", value)]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _to_struct(value: Object) -> struct_pb2.Struct:
    result = struct_pb2.Struct()
    json_format.ParseDict(value, result)
    return result


def _token(urn: str) -> str:
    return urn.split("::")[2].rsplit("$", 1)[-1]


def _name(urn: str) -> str:
    return urn.split("::", 3)[3]


def _run_call(context: grpc.ServicerContext, work: Callable[[], _Answer]) -> _Answer:
    """Does `work`; its errors become gRPC statuses whose text is the message alone."""
    try:
        return work()
    except PluginError as error:
        context.abort(grpc.StatusCode.UNKNOWN, str(error))
    except Exception as error:  # noqa: BLE001 - a mistake of the plugin's own: told, not swallowed
        # The engine shows only the message; the place is in the plugin's stderr.
        traceback.print_exc(file=sys.stderr)
        context.abort(grpc.StatusCode.UNKNOWN, f"{type(error).__name__}: {error}")


class _Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """Translates between the engine's messages and a `Plugin`."""

    def __init__(self, plugin: Plugin) -> None:
        self._plugin = plugin

    def Handshake(  # noqa: N802
        self, request: provider_pb2.ProviderHandshakeRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ProviderHandshakeResponse:
        return provider_pb2.ProviderHandshakeResponse()

    def GetPluginInfo(  # noqa: N802
        self, request: empty_pb2.Empty, context: grpc.ServicerContext
    ) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=self._plugin.version)

    def Attach(  # noqa: N802
        self, request: plugin_pb2.PluginAttach, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    def Cancel(  # noqa: N802
        self, request: empty_pb2.Empty, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        # Not the end: the engine waits for what is under way and then ends the process.
        return empty_pb2.Empty()

    def CheckConfig(  # noqa: N802
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(  # noqa: N802
        self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext
    ) -> provider_pb2.DiffResponse:
        olds = request.old_inputs if request.HasField("old_inputs") else request.olds
        same = _to_object(olds) == _to_object(request.news)
        some, none = provider_pb2.DiffResponse.DIFF_SOME, provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(changes=none if same else some)

    def Configure(  # noqa: N802
        self, request: provider_pb2.ConfigureRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ConfigureResponse:
        _run_call(context, lambda: self._plugin.configure(_to_object(request.args)))
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    def Check(  # noqa: N802
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        inputs, failures = _run_call(
            context,
            lambda: self._plugin.check(
                _token(request.urn),
                _name(request.urn),
                _to_object(request.olds),
                _to_object(request.news),
                request.randomSeed,
            ),
        )
        return provider_pb2.CheckResponse(
            inputs=_to_struct(inputs),
            failures=[
                provider_pb2.CheckFailure(property=failure.path, reason=failure.reason)
                for failure in failures
            ],
        )

    def Diff(  # noqa: N802
        self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext
    ) -> provider_pb2.DiffResponse:
        found = _run_call(
            context,
            lambda: self._plugin.diff(
                _token(request.urn),
                _to_object(request.olds),
                _to_object(request.old_inputs),
                _to_object(request.news),
            ),
        )
        return _diff_response(found)

    def Create(  # noqa: N802
        self, request: provider_pb2.CreateRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CreateResponse:
        resource_id, state = _run_call(
            context,
            lambda: self._plugin.create(
                _token(request.urn),
                _to_object(request.properties),
                preview=request.preview,
                timeout=request.timeout,
            ),
        )
        return provider_pb2.CreateResponse(id=resource_id, properties=_to_struct(state))

    def Read(  # noqa: N802
        self, request: provider_pb2.ReadRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ReadResponse:
        found = _run_call(
            context,
            lambda: self._plugin.read(
                _token(request.urn),
                request.id,
                _to_object(request.properties),
                _to_object(request.inputs),
            ),
        )
        if found is None:
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(
            id=found.resource_id,
            properties=_to_struct(found.state),
            inputs=_to_struct(found.inputs),
        )

    def Update(  # noqa: N802
        self, request: provider_pb2.UpdateRequest, context: grpc.ServicerContext
    ) -> provider_pb2.UpdateResponse:
        state = _run_call(
            context,
            lambda: self._plugin.update(
                _token(request.urn),
                request.id,
                _to_object(request.olds),
                _to_object(request.old_inputs),
                _to_object(request.news),
                preview=request.preview,
                timeout=request.timeout,
            ),
        )
        return provider_pb2.UpdateResponse(properties=_to_struct(state))

    def Delete(  # noqa: N802
        self, request: provider_pb2.DeleteRequest, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        _run_call(
            context,
            lambda: self._plugin.delete(
                _token(request.urn),
                request.id,
                _to_object(request.properties),
                timeout=request.timeout,
            ),
        )
        return empty_pb2.Empty()

    def Invoke(  # noqa: N802
        self, request: provider_pb2.InvokeRequest, context: grpc.ServicerContext
    ) -> provider_pb2.InvokeResponse:
        answer = _run_call(
            context, lambda: self._plugin.invoke(request.tok, _to_object(request.args))
        )
        response = provider_pb2.InvokeResponse()
        # The field is named by a Python keyword.
        cast("struct_pb2.Struct", getattr(response, "return")).CopyFrom(_to_struct(answer))
        return response


def _diff_response(found: Difference) -> provider_pb2.DiffResponse:
    response = provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_SOME
        if found.changes
        else provider_pb2.DiffResponse.DIFF_NONE,
        diffs=sorted({_top(path) for path in found.changes}),
        replaces=sorted({_top(path) for path in found.replaces}),
        deleteBeforeReplace=found.delete_first,
        hasDetailedDiff=True,
    )
    for path, change in found.changes.items():
        kind = f"{change.upper()}_REPLACE" if path in found.replaces else change.upper()
        response.detailedDiff[path].kind = provider_pb2.PropertyDiff.Kind.Value(kind)
        response.detailedDiff[path].inputDiff = True
    return response


def _top(path: str) -> str:
    """First property of a path such as ``tags["a.b"]`` or ``ingress[0].fromPort``."""
    for position, character in enumerate(path):
        if character in ".[":
            return path[:position]
    return path
