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
        self._log(urn, message, passing=False)

    def warn_in_passing(self, urn: str, message: str) -> None:
        """Shows a warning while the resource is worked on, and not in the list at the end."""
        self._log(urn, message, passing=True)

    def _log(self, urn: str, message: str, *, passing: bool) -> None:
        if self._stub is not None:
            warning = engine_pb2.WARNING
            request = engine_pb2.LogRequest(
                severity=warning, message=message, urn=urn, ephemeral=passing
            )
            self._stub.Log(request, timeout=_SECONDS)
