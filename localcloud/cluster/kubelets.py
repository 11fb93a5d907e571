"""Kubelets as whoever reads their metrics meets them: by HTTPS, with each node's own certificate.

KWOK serves the metrics of all simulated nodes on one port by plain HTTP. In front of it each node
that is asked gets a port of its own. Nobody is asked who he is, unlike by a real kubelet.
"""

import asyncio
import contextlib
import ssl
import threading

from localcloud.authority import Authority
from localcloud.cluster.kube import Object
from localcloud.tunnel import carry, end_all

METRICS_PATH = "metrics.k8s.io/resource-metrics-path"
"""Annotation of a node that tells metrics-server where its metrics are."""


def metrics_path(node: str) -> str:
    """Where KWOK serves a node's metrics, see ``manifests/kwok-usage.yaml``."""
    return f"/metrics/nodes/{node}/metrics/resource"


class Kubelets:
    """Listens for each node once it is asked for."""

    def __init__(self, cluster: str, authority: Authority, kwok_port: int) -> None:
        self._authority = authority
        self._kwok_port = kwok_port
        self._ports: dict[str, int] = {}
        self._servers: list[asyncio.Server] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name=f"kubelets {cluster}", daemon=True
        )

    def start(self) -> None:
        """Begins to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Ends, with every connection."""
        asyncio.run_coroutine_threadsafe(end_all(self._servers), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def port_of(self, node: Object) -> int:
        """Loopback port of a node's kubelet."""
        return asyncio.run_coroutine_threadsafe(self._port_of(node), self._loop).result()

    async def _port_of(self, node: Object) -> int:
        uid = node["metadata"]["uid"]
        if uid not in self._ports:
            server = await asyncio.start_server(
                self._serve, "127.0.0.1", 0, ssl=self._context(node)
            )
            self._servers.append(server)
            self._ports[uid] = int(server.sockets[0].getsockname()[1])
        return self._ports[uid]

    def _context(self, node: Object) -> ssl.SSLContext:
        name = node["metadata"]["name"]
        addresses = node.get("status", {}).get("addresses") or []
        hosts = sorted({name, *(it["address"] for it in addresses)})
        pair = self._authority.issue(f"kubelet-{name}", hosts=hosts)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(pair.certificate, pair.key)
        return context

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # One end goes away when it likes; raised on at the end, asyncio would log a traceback.
        with contextlib.suppress(OSError, asyncio.CancelledError):
            upstream = await asyncio.open_connection("127.0.0.1", self._kwok_port)
            await carry((reader, writer), upstream)
        writer.close()
