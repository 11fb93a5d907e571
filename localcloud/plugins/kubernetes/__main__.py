"""The plugin `pulumi-resource-kubernetes`: the engine starts it and reads its port."""

import sys
from concurrent import futures

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from localcloud.plugins.kubernetes.service import KubernetesService
from localcloud.plugins.language import MESSAGE_LIMITS, run_server
from localcloud.plugins.slowness import slowness

_WORKERS = 64
"""Objects that can be waited for at the same time."""


def main() -> None:
    """Serves until the engine interrupts this process or ends."""
    workers = futures.ThreadPoolExecutor(max_workers=_WORKERS)
    server = grpc.server(workers, options=MESSAGE_LIMITS, interceptors=slowness())
    service = KubernetesService(sys.argv[-1] if len(sys.argv) > 1 else "")
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(service, server)
    run_server(server)


if __name__ == "__main__":
    main()
