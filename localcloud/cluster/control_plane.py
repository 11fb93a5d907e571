"""The control plane of one cluster: etcd, API server, controller manager, scheduler, and KWOK."""

import ipaddress
import json
import shutil
import signal
import ssl
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from localcloud.authority import Authority, KeyPair
from localcloud.cluster import egress
from localcloud.cluster.kube import Connection
from localcloud.cluster.services import CloudServices
from localcloud.cluster.spec import ClusterSpec
from localcloud.extras import KEDA, METRICS_SERVER
from localcloud.fair_clock import ANSWER
from localcloud.processes import Process, free_port
from localcloud.tools.catalogue import ETCD, KWOK, control_plane

MANIFESTS = Path(__file__).parent / "manifests"

_FRONT_PROXY = "front-proxy-client"

_QUICK_AUTOSCALING = (
    # Kubernetes looks every 15 s and scales down after 5 minutes: longer than anybody watches.
    "--horizontal-pod-autoscaler-sync-period=5s",
    "--horizontal-pod-autoscaler-downscale-stabilization=20s",
    "--horizontal-pod-autoscaler-initial-readiness-delay=1s",
    "--horizontal-pod-autoscaler-cpu-initialization-period=5s",
)

# A small heap is worth more here than speed: two control planes share a laptop.
_GO = {"GOGC": "50"}


@dataclass(frozen=True)
class _Ports:
    etcd: int
    peer: int
    api: int


class ControlPlane:
    """Starts and ends the programs.

    Attributes:
        folder: of the cluster.
        authority: of the cluster.
        connection: the administrator's way in.
        kwok_port: loopback port on which KWOK serves nodes' metrics, or None where it does not.
    """

    def __init__(self, spec: ClusterSpec, services: CloudServices) -> None:
        self._spec = spec
        self._services = services
        self.folder = services.state.clusters / spec.name
        if self.folder.exists():
            # As on EKS, a cluster begins empty, whatever one of its name held before.
            shutil.rmtree(self.folder)
        self._logs = services.state.logs / spec.name
        self.authority = Authority.create(self.folder / "pki", f"{spec.name} CA")
        self._signing_key = self.folder / "pki" / "service-account.key"
        self._public_key = self.folder / "pki" / "service-account.pub"
        self._ports = _Ports(free_port(), free_port(), free_port())
        self._processes: list[Process] = []
        self.kwok_port = free_port() if METRICS_SERVER.name in services.extras else None
        _write_signing_key(self._signing_key, self._public_key)
        admin = self.authority.issue("local-cloud-admin", organizations=["system:masters"])
        self.connection = Connection(self._ports.api, self.authority.files.certificate, admin)

    @property
    def service_account_keys(self) -> str:
        """PEM of the public key that verifies service account tokens."""
        return self._public_key.read_text()

    def start(self) -> None:
        """Starts all programs; the API server is ready when it returns.

        Raises:
            ProcessError: one of them ended, or does nothing any more.
        """
        etcd = self._start_etcd()
        etcd.wait_until(self._etcd_is_ready)
        api = self._start_api_server()
        api.wait_until(self._api_is_ready)
        self._start_controllers()

    def stop(self) -> None:
        """Ends all programs. Nothing of theirs is kept, so they are not asked to write it down."""
        self._services.processes.stop(self._processes, signal.SIGKILL)
        self._processes = []

    def write_kubeconfig(self, name: str, identity: KeyPair) -> Path:
        """A kubeconfig of a client certificate, for a program of the cluster."""
        path = self.folder / f"{name}.kubeconfig"
        _write_kubeconfig(path, self.connection, identity)
        return path

    def _run(self, name: str, command: Sequence[str], *, folder: Path | None = None) -> Process:
        process = self._services.processes.start(
            f"{name} of {self._spec.name}",
            command,
            self._logs / f"{name}.log",
            _GO,
            folder=folder,
        )
        self._processes.append(process)
        return process

    def _start_etcd(self) -> Process:
        pair = self.authority.issue("etcd", hosts=["127.0.0.1"])
        client_url = f"https://127.0.0.1:{self._ports.etcd}"
        peer_url = f"http://127.0.0.1:{self._ports.peer}"
        return self._run(
            "etcd",
            [
                str(self._services.tool(ETCD)),
                "--name=local",
                f"--data-dir={self.folder / 'etcd'}",
                f"--listen-client-urls={client_url}",
                f"--advertise-client-urls={client_url}",
                f"--listen-peer-urls={peer_url}",
                f"--initial-advertise-peer-urls={peer_url}",
                f"--initial-cluster=local={peer_url}",
                f"--cert-file={pair.certificate}",
                f"--key-file={pair.key}",
                f"--trusted-ca-file={self.authority.files.certificate}",
                "--client-cert-auth",
                "--unsafe-no-fsync",  # a throw-away cluster
                "--log-level=warn",
                "--quota-backend-bytes=536870912",
            ],
        )

    def _start_api_server(self) -> Process:
        serving = self.authority.issue("kube-apiserver", hosts=self._server_names())
        etcd_client = self.authority.issue("kube-apiserver-etcd-client")
        binary = self._services.tool(control_plane(self._spec.version)[0])
        ca = self.authority.files.certificate
        return self._run(
            "kube-apiserver",
            [
                str(binary),
                f"--etcd-servers=https://127.0.0.1:{self._ports.etcd}",
                f"--etcd-cafile={ca}",
                f"--etcd-certfile={etcd_client.certificate}",
                f"--etcd-keyfile={etcd_client.key}",
                "--bind-address=127.0.0.1",
                "--advertise-address=127.0.0.1",
                f"--secure-port={self._ports.api}",
                f"--cert-dir={self.folder / 'pki'}",
                f"--tls-cert-file={serving.certificate}",
                f"--tls-private-key-file={serving.key}",
                f"--client-ca-file={ca}",
                f"--service-cluster-ip-range={self._spec.service_cidr}",
                # Endpoints may not hold loopback addresses.
                "--endpoint-reconciler-type=none",
                f"--service-account-issuer={self._spec.issuer}",
                f"--service-account-jwks-uri={self._spec.issuer}/keys",
                f"--service-account-key-file={self._public_key}",
                f"--service-account-signing-key-file={self._signing_key}",
                "--api-audiences=https://kubernetes.default.svc",
                "--authorization-mode=Node,RBAC",
                "--enable-admission-plugins=NodeRestriction",
                "--allow-privileged=true",
                f"--authentication-token-webhook-config-file={self._write_webhook_config()}",
                "--authentication-token-webhook-version=v1",
                "--authentication-token-webhook-cache-ttl=10s",
                "--profiling=false",
                "--event-ttl=10m",
                *self._into_the_cluster(),
            ],
            folder=self.folder,
        )

    def _into_the_cluster(self) -> list[str]:
        """How it reaches webhooks and aggregated APIs, and says to these who a request is of."""
        proxy = self.authority.issue(_FRONT_PROXY)
        connection = {
            "proxyProtocol": "HTTPConnect",
            # By TCP, 1.34.4 panics without TLS. A socket's path may have 107 bytes at most, so it
            # is one in the program's own folder.
            "transport": {"uds": {"udsName": egress.SOCKET}},
        }
        config = {
            "apiVersion": "apiserver.k8s.io/v1beta1",
            "kind": "EgressSelectorConfiguration",
            "egressSelections": [{"name": "cluster", "connection": connection}],
        }
        path = self.folder / "egress.yaml"
        path.write_text(yaml.safe_dump(config))
        return [
            f"--egress-selector-config-file={path}",
            f"--proxy-client-cert-file={proxy.certificate}",
            f"--proxy-client-key-file={proxy.key}",
            f"--requestheader-client-ca-file={self.authority.files.certificate}",
            f"--requestheader-allowed-names={_FRONT_PROXY}",
            "--requestheader-username-headers=X-Remote-User",
            "--requestheader-group-headers=X-Remote-Group",
            "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        ]

    def _server_names(self) -> list[str]:
        services = ipaddress.ip_network(self._spec.service_cidr)
        return [
            self._spec.endpoint_host.lower(),
            "kubernetes",
            "kubernetes.default",
            "kubernetes.default.svc",
            "kubernetes.default.svc.cluster.local",
            "localhost",
            "127.0.0.1",
            str(services[1]),
        ]

    def _write_webhook_config(self) -> Path:
        ca = self.folder / "pki" / "webhook-ca.crt"
        ca.write_text(self._services.webhook_ca_pem)
        path = self.folder / "token-webhook.yaml"
        cluster = {
            "server": self._services.token_webhook_url(self._spec.name),
            "certificate-authority": str(ca),
        }
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "webhook", "cluster": cluster}],
            "users": [{"name": "api-server", "user": {}}],
            "contexts": [
                {"name": "webhook", "context": {"cluster": "webhook", "user": "api-server"}}
            ],
            "current-context": "webhook",
        }
        path.write_text(yaml.safe_dump(config))
        return path

    def _start_controllers(self) -> None:
        _, manager, scheduler = control_plane(self._spec.version)
        ca = self.authority.files
        manager_config = self._system_kubeconfig("kube-controller-manager")
        self._run(
            "kube-controller-manager",
            [
                str(self._services.tool(manager)),
                f"--kubeconfig={manager_config}",
                "--leader-elect=false",
                "--use-service-account-credentials=true",
                f"--service-account-private-key-file={self._signing_key}",
                f"--root-ca-file={ca.certificate}",
                f"--cluster-name={self._spec.name}",
                "--allocate-node-cidrs=false",
                "--bind-address=127.0.0.1",
                "--secure-port=0",
                "--profiling=false",
                *(_QUICK_AUTOSCALING if self._scales() else ()),
                *self._services.controller_manager,
            ],
        )
        scheduler_config = self._system_kubeconfig("kube-scheduler")
        self._run(
            "kube-scheduler",
            [
                str(self._services.tool(scheduler)),
                f"--kubeconfig={scheduler_config}",
                "--leader-elect=false",
                "--bind-address=127.0.0.1",
                "--secure-port=0",
                "--profiling=false",
            ],
        )
        kwok_config = self.write_kubeconfig("kwok", self.connection.identity)
        self._run(
            "kwok",
            [
                str(self._services.tool(KWOK)),
                f"--kubeconfig={kwok_config}",
                *(f"--config={path}" for path in self._kwok_configs()),
                "--manage-all-nodes=true",
                "--node-lease-duration-seconds=40",
                f"--server-address={f'127.0.0.1:{self.kwok_port}' if self.kwok_port else ''}",
            ],
        )

    def _scales(self) -> bool:
        """Whether something that HorizontalPodAutoscalers follow is measured here."""
        return not self._services.extras.isdisjoint((METRICS_SERVER.name, KEDA.name))

    def _kwok_configs(self) -> list[Path]:
        usage = [MANIFESTS / "kwok-usage.yaml"] if self.kwok_port else []
        return [MANIFESTS / "kwok.yaml", *usage]

    def _system_kubeconfig(self, name: str) -> Path:
        return self.write_kubeconfig(name, self.authority.issue(f"system:{name}"))

    def _etcd_is_ready(self) -> bool:
        url = f"https://127.0.0.1:{self._ports.etcd}/health"
        body = self._get(url)
        return body is not None and json.loads(body).get("health") == "true"

    def _api_is_ready(self) -> bool:
        return self._get(f"https://127.0.0.1:{self._ports.api}/readyz") is not None

    def _get(self, url: str) -> bytes | None:
        context = ssl.create_default_context(cafile=str(self.authority.files.certificate))
        identity = self.connection.identity
        context.load_cert_chain(identity.certificate, identity.key)
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )
        try:
            with opener.open(url, timeout=ANSWER) as answer:
                return answer.read()
        except (OSError, urllib.error.URLError):
            return None


def _write_signing_key(private: Path, public: Path) -> None:
    # RSA: what EKS uses, and what every OIDC client understands.
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private.touch(mode=0o600)
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    public.write_bytes(
        key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )


def _write_kubeconfig(path: Path, connection: Connection, identity: KeyPair) -> None:
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": "local",
                "cluster": {
                    "server": f"https://127.0.0.1:{connection.port}",
                    "certificate-authority": str(connection.authority),
                },
            }
        ],
        "users": [
            {
                "name": "local",
                "user": {
                    "client-certificate": str(identity.certificate),
                    "client-key": str(identity.key),
                },
            }
        ],
        "contexts": [{"name": "local", "context": {"cluster": "local", "user": "local"}}],
        "current-context": "local",
    }
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(config))
