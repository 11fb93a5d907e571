"""The plugin `pulumi-resource-kubernetes`: the engine starts it and reads its port."""

import signal
import sys
from concurrent import futures

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from localcloud.plugins.kubernetes.service import KubernetesService
from localcloud.plugins.language import end_with_parent

_WORKERS = 64
"""Objects that can be waited for at the same time."""

_MAX_MESSAGE_BYTES = 400 * 1024 * 1024


def main() -> None:
    """Serves until the engine interrupts this process or ends."""
    end_with_parent()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    limits = [(f"grpc.max_{way}_message_length", _MAX_MESSAGE_BYTES) for way in ("receive", "send")]
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=_WORKERS), options=limits)
    service = KubernetesService(sys.argv[-1] if len(sys.argv) > 1 else "")
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(service, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    main()
