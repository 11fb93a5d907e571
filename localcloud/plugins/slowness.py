"""Lets a provider plugin take as long for a resource as AWS does, where that is asked for."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

import grpc
from pulumi.runtime.proto import provider_pb2

from localcloud.latencies import latency_of, read_speed

_Request = TypeVar("_Request")
_Response = TypeVar("_Response")

_SERVICE = "/pulumirpc.ResourceProvider/"


def slowness() -> list[grpc.ServerInterceptor]:
    """What a plugin's server is to be made with: nothing where no local cloud asks for it."""
    state = os.environ.get("LOCALCLOUD_STATE")
    speed = read_speed(Path(state)) if state else None
    return [] if speed is None else [Slowness(speed)]


class Slowness(grpc.ServerInterceptor):
    """Answers a create or a delete once its time is over, however soon it was done.

    A failure and a preview are answered at once, and so is an update.

    Args:
        speed: how many times as fast as on AWS.
        wait: waits so many seconds.
    """

    def __init__(self, speed: float, wait: Callable[[float], object] = time.sleep) -> None:
        self._speed = speed
        self._wait = wait

    def intercept_service(  # noqa: D102 - grpc's own
        self,
        continuation: "Callable[[grpc.HandlerCallDetails], grpc.RpcMethodHandler[_Request, _Response] | None]",  # noqa: E501
        handler_call_details: grpc.HandlerCallDetails,
    ) -> "grpc.RpcMethodHandler[_Request, _Response] | None":
        handler = continuation(handler_call_details)
        seconds = _SECONDS.get(handler_call_details.method.removeprefix(_SERVICE))
        if handler is None or handler.unary_unary is None or seconds is None:
            return handler
        plain = handler.unary_unary

        def slowed(request: _Request, context: grpc.ServicerContext) -> _Response:
            began = time.monotonic()
            answer = plain(request, context)
            left = seconds(request) / self._speed - (time.monotonic() - began)
            self._wait(max(left, 0))
            return answer

        return grpc.unary_unary_rpc_method_handler(
            slowed, handler.request_deserializer, handler.response_serializer
        )


def _create(request: object) -> float:
    it = cast("provider_pb2.CreateRequest", request)
    return 0 if it.preview else latency_of(*_kind_and_name(it.urn), custom=True).create


def _delete(request: object) -> float:
    it = cast("provider_pb2.DeleteRequest", request)
    return latency_of(*_kind_and_name(it.urn), custom=True).delete


_SECONDS: dict[str, Callable[[object], float]] = {"Create": _create, "Delete": _delete}


def _kind_and_name(urn: str) -> tuple[str, str]:
    _, _, kinds, name = urn.split("::", 3)
    return kinds.rpartition("$")[2], name
