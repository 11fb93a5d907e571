"""Tells the engine what a user should see beside a resource."""

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

_SECONDS = 10.0


class Engine:
    """The engine's log; without an address (a test, a call by hand) nothing is said."""

    def __init__(self, address: str = "") -> None:
        self._stub: engine_pb2_grpc.EngineStub | None = None
        if address:
            channel = grpc.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)])
            self._stub = engine_pb2_grpc.EngineStub(channel)

    def warn(self, urn: str, message: str) -> None:
        """Shows a warning beside a resource. Raises grpc.RpcError when the engine is gone."""
        if self._stub is not None:
            request = engine_pb2.LogRequest(severity=engine_pb2.WARNING, message=message, urn=urn)
            self._stub.Log(request, timeout=_SECONDS)
