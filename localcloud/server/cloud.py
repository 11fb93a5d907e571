"""Puts one local cloud together: AWS APIs, names, proxy, authentication, clusters."""

import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from localcloud.authority import Authority
from localcloud.aws import AwsClients
from localcloud.cluster.runtime import LocalClusterRuntime
from localcloud.cluster.services import CloudServices
from localcloud.cluster.spec import ClusterRuntime, ClusterSpec
from localcloud.processes import Processes
from localcloud.server import instances, nameserver, security_groups, seeds
from localcloud.server.aws_api import AwsApi
from localcloud.server.eks.api import EksApi
from localcloud.server.eks.service import EksService
from localcloud.server.https import HttpsServer
from localcloud.server.names import NameBook
from localcloud.server.proxy import Proxy
from localcloud.server.webhook import TokenReviewer
from localcloud.state import REGION, RunningCloud, StateFolder
from localcloud.tools.build import ensure
from localcloud.tools.catalogue import TOOLS, Tool


@dataclass(frozen=True)
class Ports:
    """Loopback ports; 0 takes any free one."""

    aws: int
    dns: int
    proxy: int


class Cloud:
    """Everything that one server process serves. Raises OSError when a port is taken."""

    def __init__(self, state: StateFolder, ports: Ports) -> None:
        self._state = state
        instances.install()
        security_groups.install()
        aws_port, self._dns_port = (port or _free_port() for port in (ports.aws, ports.dns))
        for port in (aws_port, self._dns_port, ports.proxy):
            _check_free(port)
        url = f"http://127.0.0.1:{aws_port}"
        self._aws = AwsClients(url, REGION)
        self._processes = Processes()
        self._eks = EksService(REGION, self._aws, self._new_runtime)
        self._api = AwsApi(aws_port, state.aws_calls, EksApi(self._eks), self._keys_of)
        hosts = (f"127.0.0.1:{aws_port}", "sts.amazonaws.com", f"sts.{REGION}.amazonaws.com")
        self._authority = Authority.create(state.authority, "local cloud")
        self._https = HttpsServer(
            self._authority, REGION, TokenReviewer(self._eks, hosts), self._keys_of
        )
        self._book = NameBook(REGION, self._endpoints)
        self._proxy = Proxy(ports.proxy, self._route)
        self._tools = ensure(TOOLS)
        self._dns: list[nameserver.DNSServer] = []

    def start(self) -> None:
        """Starts every service, then writes `StateFolder.running`."""
        self._api.start()
        seeds.plant(self._aws, self._state)
        self._https.start()
        self._proxy.start()
        self._dns = nameserver.serve(self._book, self._dns_port)
        running = RunningCloud(
            pid=os.getpid(),
            aws_port=self._api.port,
            dns_port=self._dns_port,
            proxy_port=self._proxy.port,
        )
        draft = self._state.running.with_suffix(".new")
        draft.write_text(running.model_dump_json())
        draft.rename(self._state.running)

    def stop(self) -> None:
        """Ends every cluster and every service."""
        self._eks.stop()
        for server in self._dns:
            server.stop()
        self._proxy.stop()
        self._https.stop()
        self._api.stop()
        self._processes.close()
        self._state.running.unlink(missing_ok=True)

    def _new_runtime(
        self, spec: ClusterSpec, is_node_role: Callable[[str], bool]
    ) -> ClusterRuntime:
        services = CloudServices(
            state=self._state,
            processes=self._processes,
            aws=self._aws,
            aws_url=self._aws.url,
            tool=self._tool,
            token_webhook_url=lambda name: (
                f"https://127.0.0.1:{self._https.port}/authenticate/{name}"
            ),
            webhook_ca_pem=self._authority.certificate_pem,
        )
        return LocalClusterRuntime(spec, services, is_node_role)

    def _tool(self, tool: Tool) -> Path:
        return self._tools[tool]

    def _keys_of(self, issuer: str) -> str | None:
        for cluster in self._eks.clusters.values():
            if cluster.spec.issuer == issuer and cluster.runtime is not None:
                return cluster.runtime.service_account_keys()
        return None

    def _endpoints(self) -> Mapping[str, int]:
        return {
            cluster.spec.endpoint_host.lower(): cluster.port
            for cluster in self._eks.clusters.values()
            if cluster.port is not None
        }

    def _route(self, host: str) -> int | None:
        """Loopback port behind a host name, names of Route 53 included."""
        name = host.lower()
        if name == self._https.host:
            return self._https.port
        endpoints = self._endpoints()
        for record in self._book.answer(name, "A") or []:
            if record.name in endpoints:
                return endpoints[record.name]
        return None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _check_free(port: int) -> None:
    """Raises OSError with the port's number: the servers' own errors lack it."""
    if not port:
        return
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise OSError(f"{port} ({error.strerror})") from error
