"""Puts one local cloud together: AWS APIs, names, proxy, authentication, clusters."""

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from localcloud import programs
from localcloud.authority import Authority
from localcloud.aws import AwsClients
from localcloud.cluster.programs import PROGRAMS, of_user
from localcloud.cluster.runtime import LocalClusterRuntime
from localcloud.cluster.services import CloudServices
from localcloud.cluster.spec import ClusterRuntime, ClusterSpec
from localcloud.extras import tools_of
from localcloud.faults import KUBERNETES
from localcloud.forks import forks
from localcloud.forks import server as fork_server
from localcloud.processes import Process, Processes, free_port
from localcloud.server import (
    activities,
    gateways,
    instance_types,
    instances,
    monitoring,
    nameserver,
    policy_sizes,
    quotas,
    security_groups,
    seeds,
)
from localcloud.server.aws_api import AwsApi
from localcloud.server.balancers import BalancerServer
from localcloud.server.ec2 import answers, capacity, fleets, profiles
from localcloud.server.ec2.interruptions import Interruptions
from localcloud.server.eks.api import EksApi
from localcloud.server.eks.service import EksService
from localcloud.server.faults import Strike
from localcloud.server.https import HttpsServer
from localcloud.server.later import LaterTools
from localcloud.server.names import NameBook
from localcloud.server.permissions import simulation
from localcloud.server.ports import Ports, require_free
from localcloud.server.proxy import Proxy
from localcloud.server.registries import published
from localcloud.server.registries.answers import Registries
from localcloud.server.registries.server import RegistryServer
from localcloud.server.sts import Issuer
from localcloud.server.webhook import TokenReviewer
from localcloud.server_settings import ServerSettings
from localcloud.state import REGION, RunningCloud, StateFolder
from localcloud.tools.catalogue import FIRST, LATER, Tool, control_plane
from localcloud.tools.obtain import ensure, found


class Cloud:
    """Everything that one server process serves. Raises PortError when a port is taken."""

    def __init__(self, state: StateFolder, ports: Ports, settings: ServerSettings) -> None:
        self._state = state
        require_free(ports, settings.balancer_port)
        activities.install()
        answers.install()
        capacity.install()
        fleets.install()
        gateways.install()
        instances.install()
        instance_types.install()
        monitoring.install()
        policy_sizes.install()
        profiles.install()
        quotas.install()
        simulation.install()
        security_groups.install()
        aws_port, self._dns_port = (port or free_port() for port in (ports.aws, ports.dns))
        url = f"http://127.0.0.1:{aws_port}"
        self._aws = AwsClients(url, REGION)
        self._processes = Processes()
        first = ensure((*FIRST, *tools_of(settings.extras)))
        self._tools = LaterTools(first, LATER, self._put)
        self._eks = EksService(REGION, self._aws, self._new_runtime, self)
        self._api = AwsApi(
            aws_port, state.aws_calls, EksApi(self._eks), self._issuer_of, settings.route53
        )
        self._api.faults.forks = lambda: forks(state.forks)
        self._interruptions = Interruptions(
            lambda it: self._aws.ec2.terminate_instances(InstanceIds=[it])
        )
        self._api.control.tools = self._tools
        self._api.control.interruptions = self._interruptions
        self._api.control.fill_groups = lambda: instances.fill_groups(self._aws.autoscaling)
        hosts = (f"127.0.0.1:{aws_port}", "sts.amazonaws.com", f"sts.{REGION}.amazonaws.com")
        self._authority = Authority.create(state.authority, "local cloud")
        reviewer = TokenReviewer(self._eks, hosts)
        self._https = HttpsServer(
            self._authority, REGION, reviewer, self._keys_of, self._api.faults
        )
        self._registries = RegistryServer(
            self._authority, Registries(published.read()), self._api.faults
        )
        self._book = NameBook(REGION, self._endpoints, self._api.propagation)
        self._proxy = Proxy(ports.proxy, self._route, self._strike, self._kill)
        self._balancers = BalancerServer(REGION, settings.balancer_port or free_port())
        self._unchecked_webhooks = settings.unchecked_webhooks
        self._extras = settings.extras
        self._settings = settings
        self._dns: list[nameserver.DNSServer] = []
        self._forks: Process | None = None

    def start(self) -> None:
        """Starts every service, then writes `StateFolder.running`."""
        self._forks = self._processes.start(
            "forks",
            [sys.executable, "-P", fork_server.__file__, str(self._state.forks)],
            self._state.logs / "forks.log",
            {},
        )
        self._api.start()
        seeds.plant(self._aws, self._state)
        self._https.start()
        self._registries.start()
        self._proxy.start()
        self._dns = nameserver.serve(self._book, self._dns_port)
        self._balancers.start()
        running = RunningCloud(
            pid=os.getpid(),
            aws_port=self._api.port,
            dns_port=self._dns_port,
            proxy_port=self._proxy.port,
            balancer_port=self._balancers.port,
            extras=self._extras,
        )
        draft = self._state.running.with_suffix(".new")
        draft.write_text(running.model_dump_json())
        draft.rename(self._state.running)
        self._tools.start()

    def stop(self) -> None:
        """Ends every cluster and every service."""
        self._tools.stop()
        self._interruptions.stop()
        self._eks.stop()
        self._balancers.stop()
        for server in self._dns:
            server.stop()
        self._proxy.stop()
        self._registries.stop()
        self._https.stop()
        self._api.stop()
        if self._forks is not None:
            self._processes.stop([self._forks])
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
            instance_changes=lambda: self._api.changing("ec2", "autoscaling"),
            tool=self._tools.path,
            tool_now=self._tools.now,
            token_webhook_url=lambda name: (
                f"https://127.0.0.1:{self._https.port}/authenticate/{name}"
            ),
            webhook_ca_pem=self._authority.certificate_pem,
            unchecked_webhooks=self._unchecked_webhooks,
            node_start_seconds=self._settings.node_start_seconds,
            controller_manager=self._settings.controller_manager,
            programs=(*PROGRAMS, *map(of_user, self._settings.programs)),
            extras=frozenset(self._extras),
        )
        return LocalClusterRuntime(spec, services, is_node_role)

    def _put(self, tool: Tool, path: Path) -> None:
        programs.put(self._state, tool, path)

    def why_not(self, minor: str) -> str:
        """Why a minor's programs neither are there nor come; empty where they do."""
        unknown = [tool for tool in control_plane(minor) if not self._tools.has(tool)]
        here = {tool: found(tool) for tool in unknown}
        if missing := [tool.name for tool, path in here.items() if path is None]:
            return (
                f"the local cloud has no {', '.join(missing)} of Kubernetes {minor} yet; run "
                f"`make tools KUBERNETES={minor}`, then try again"
            )
        self._tools.add({tool: path for tool, path in here.items() if path is not None})
        return ""

    def obtain(self, minor: str) -> None:
        """Waits for a minor's programs. Raises ToolError where one cannot be had."""
        for tool in control_plane(minor):
            self._tools.path(tool)

    def waits(self, minor: str) -> str:
        """What a cluster of that minor waits for, for people; empty where it does not."""
        said = (self._tools.said(tool) for tool in control_plane(minor))
        return next((it for it in said if it), "")

    def _keys_of(self, issuer: str) -> str | None:
        known = self._issuer_of(issuer)
        return known.keys_pem if known else None

    def _issuer_of(self, issuer: str) -> Issuer | None:
        for cluster in self._eks.clusters.values():
            if cluster.spec.issuer == issuer and cluster.runtime is not None:
                return Issuer(cluster.spec.name, cluster.runtime.service_account_keys())
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
        if name in self._registries.hosts:
            return self._registries.port
        endpoints = self._endpoints()
        for record in self._book.answer(name, "A") or []:
            if record.name in endpoints:
                return endpoints[record.name]
        return None

    def _strike(self, host: str) -> Strike | None:
        """What goes wrong with a connection through the proxy; clusters go by their names."""
        port = self._route(host)
        names = [c.spec.name for c in self._eks.clusters.values() if c.port == port]
        return self._api.faults.decide(KUBERNETES, names[0] if names else host)

    def _kill(self, strike: Strike, ports: tuple[int, int]) -> None:
        self._api.faults.kill(strike, ports, self._aws.url)
