"""Load balancers that answer: one listener each, on its own loopback address.

A real one listens on ports 80 and 443 of its addresses. Programs without privileges cannot, so
all of them listen on one high port.
"""

import asyncio
import contextlib
import json
import logging
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from moto.elbv2.models import elbv2_backends

from localcloud.server.metrics import Datum, Metric, publish
from localcloud.server.names import load_balancer_address
from localcloud.state import ACCOUNT_ID

_log = logging.getLogger(__name__)

_LOOK = 0.1  # seconds between two looks at the load balancers that exist
_PUBLISH = 2.0  # seconds between two reports; real ones report once a minute
_LONGEST_HEAD = 16 * 1024
_CLUSTER_TAG = "elbv2.k8s.aws/cluster"
_CLUSTER_PREFIX = "eks-"

_REQUESTS = Metric("AWS/ApplicationELB", "RequestCount")
_NEW_FLOWS = Metric("AWS/NetworkELB", "NewFlowCount")
_ACTIVE_FLOWS = Metric("AWS/NetworkELB", "ActiveFlowCount")


@dataclass
class _Balancer:
    """One load balancer that listens.

    Attributes:
        arn: of the load balancer.
        name: of the load balancer.
        network: whether it is a Network Load Balancer.
        cluster: EKS cluster that it belongs to, or empty.
        arrived: requests, or new flows, since the last report, by minute.
        active: flows at this moment.
        most: flows at once since the last report.
    """

    arn: str
    name: str
    network: bool
    cluster: str
    server: asyncio.Server | None = None
    open: set[asyncio.StreamWriter] = field(default_factory=set[asyncio.StreamWriter])
    arrived: Counter[datetime] = field(default_factory=Counter[datetime])
    most: int = 0

    def count(self) -> None:
        """Counts a request or a new flow."""
        self.arrived[datetime.now(UTC).replace(second=0, microsecond=0)] += 1

    def report(self) -> list[Datum]:
        """Metrics since the last report; nothing when nothing came, as with real ones."""
        dimension = self.arn.rpartition(":loadbalancer/")[2]
        metric = _NEW_FLOWS if self.network else _REQUESTS
        data = [Datum(metric, dimension, at, float(n)) for at, n in self.arrived.items()]
        self.arrived.clear()
        if self.network and self.most:
            now = datetime.now(UTC).replace(second=0, microsecond=0)
            data.append(Datum(_ACTIVE_FLOWS, dimension, now, float(self.most)))
            self.most = len(self.open)
        return data


class BalancerServer:
    """Listens for every load balancer that moto has, from its creation to its deletion.

    Attributes:
        port: port of all listeners.
    """

    def __init__(self, region: str, port: int) -> None:
        self.port = port
        self._region = region
        self._balancers: dict[str, _Balancer] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="elb", daemon=True)
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begins to listen."""
        self._thread.start()
        self._loop.call_soon_threadsafe(self._begin)

    def stop(self) -> None:
        """Ends."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _begin(self) -> None:
        self._tasks = [
            self._loop.create_task(self._follow()),
            self._loop.create_task(self._publish()),
        ]

    async def _end(self) -> None:
        for task in self._tasks:
            task.cancel()
        for balancer in self._balancers.values():
            self._close(balancer)

    async def _follow(self) -> None:
        while True:
            wanted = self._existing()
            for arn in [arn for arn in self._balancers if arn not in wanted]:
                self._close(self._balancers.pop(arn))
            for arn, found in wanted.items():
                if arn not in self._balancers:
                    await self._open(arn, found)
            await asyncio.sleep(_LOOK)

    def _existing(self) -> Mapping[str, Any]:
        """Load balancers by ARN."""
        return dict(elbv2_backends[ACCOUNT_ID][self._region].load_balancers)

    async def _open(self, arn: str, found: Any) -> None:  # noqa: ANN401 - moto's own
        backend = elbv2_backends[ACCOUNT_ID][self._region]
        tags = backend.tagging_service.get_tag_dict_for_resource(arn)
        network = found.type == "network"
        balancer = _Balancer(arn, str(found.name), network, tags.get(_CLUSTER_TAG, ""))
        address = load_balancer_address(str(found.dns_name).lower())

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._serve(balancer, reader, writer)

        try:
            balancer.server = await asyncio.start_server(
                serve, address, self.port, limit=_LONGEST_HEAD
            )
        except OSError as error:
            _log.warning("%s cannot listen on %s:%s: %s", found.name, address, self.port, error)
        self._balancers[arn] = balancer

    @staticmethod
    def _close(balancer: _Balancer) -> None:
        if balancer.server is not None:
            balancer.server.close()
        for writer in balancer.open:
            writer.transport.abort()

    async def _serve(
        self, balancer: _Balancer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        balancer.open.add(writer)
        balancer.most = max(balancer.most, len(balancer.open))
        if balancer.network:
            balancer.count()
        try:
            while await self._answer(balancer, reader, writer):
                continue
        except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return  # the client went away, or speaks no HTTP
        finally:
            balancer.open.discard(writer)
            writer.close()

    @staticmethod
    async def _answer(
        balancer: _Balancer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Answers one request; whether the connection stays."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        lines = head.split("\r\n")
        fields = dict(line.split(":", 1) for line in lines[1:] if ":" in line)
        await reader.readexactly(int(fields.get("content-length", "0")))
        if not balancer.network:
            balancer.count()
        keep = lines[0].endswith("http/1.1") and fields.get("connection", "").strip() != "close"
        colour = balancer.cluster.removeprefix(_CLUSTER_PREFIX)
        answer = {"colour": colour, "cluster": balancer.cluster, "load_balancer": balancer.name}
        body = json.dumps(answer).encode() + b"\n"
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
            b"Connection: %s\r\n\r\n%s" % (len(body), b"keep-alive" if keep else b"close", body)
        )
        await writer.drain()
        return keep

    async def _publish(self) -> None:
        while True:
            await asyncio.sleep(_PUBLISH)
            data = [datum for b in list(self._balancers.values()) for datum in b.report()]
            with contextlib.suppress(LookupError):
                await asyncio.to_thread(publish, self._region, data)
