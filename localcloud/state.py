"""Where the local cloud keeps its files, and what a running one says of itself."""

import os
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

ACCOUNT_ID = "123456789012"
"""The one AWS account of the local cloud (moto's default)."""

REGION = "eu-west-1"
"""Region used where a stack file names none."""

DENIED_CALLS = "denied-calls.jsonl"
"""Name of the log of denied calls, beside the one of all calls."""

PROJECT_ROOT = Path(__file__).resolve().parent.parent
"""The checkout: the Pulumi program and everything beside it."""


class RunningCloud(BaseModel):
    """What a started local cloud writes to `StateFolder.running` for every other command.

    Attributes:
        pid: process id of the server process, the parent of all others.
        aws_port: loopback port of the AWS APIs (plain HTTP).
        dns_port: loopback port of the DNS server, UDP and TCP.
        proxy_port: loopback port of the HTTPS proxy that routes AWS and API host names.
        balancer_port: port on which every load balancer listens, on its own loopback address.
        extras: names of `localcloud.extras` that run as the real programs.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    pid: int
    aws_port: int
    dns_port: int
    proxy_port: int
    balancer_port: int
    extras: tuple[str, ...] = ()

    @property
    def aws_url(self) -> str:
        """Endpoint of every AWS API, as AWS_ENDPOINT_URL takes it."""
        return f"http://127.0.0.1:{self.aws_port}"

    @property
    def proxy_url(self) -> str:
        """Proxy through which cluster endpoints are reached, as HTTPS_PROXY takes it."""
        return f"http://127.0.0.1:{self.proxy_port}"


@dataclass(frozen=True)
class StateFolder:
    """One local cloud's folder; everything it writes is below `root`."""

    root: Path

    @classmethod
    def default(cls) -> "StateFolder":
        """``$LOCALCLOUD_STATE``, or ``.localcloud`` in the checkout."""
        return cls(Path(os.environ.get("LOCALCLOUD_STATE") or PROJECT_ROOT / ".localcloud"))

    @property
    def running(self) -> Path:
        """JSON of `RunningCloud`, written once every service answers, removed at the end."""
        return self.root / "running.json"

    @property
    def lock(self) -> Path:
        """Locked by the server as long as it lives; see `localcloud.occupancy`."""
        return self.root / "server.lock"

    @property
    def bin(self) -> Path:
        """First folder on PATH: the tools, ``aws``, ``dig`` and the language host."""
        return self.root / "bin"

    @property
    def logs(self) -> Path:
        """One file per process."""
        return self.root / "logs"

    @property
    def clusters(self) -> Path:
        """One folder per cluster, named after it: data, certificates, kubeconfigs."""
        return self.root / "clusters"

    @property
    def authority(self) -> Path:
        """Certificate and key of the local certificate authority."""
        return self.root / "authority"

    @property
    def aws_calls(self) -> Path:
        """JSON lines: AWS calls with time, caller and parameters, as `localcloud.server.calls`."""
        return self.logs / "aws-calls.jsonl"

    @property
    def denied_calls(self) -> Path:
        """JSON lines: calls that a role's policies did not allow, as `localcloud.permissions`."""
        return self.logs / DENIED_CALLS

    @property
    def forks(self) -> Path:
        """Folder of the fork server, see `localcloud.forks`."""
        return self.root / "forks"

    @property
    def writer_processes(self) -> Path:
        """JSON lines: start and end of every ExternalDNS process, as `localcloud.writers`."""
        return self.logs / "writer-processes.jsonl"

    @property
    def credentials(self) -> Path:
        """AWS shared credentials file; profile ``default`` is the platform engineer."""
        return self.root / "aws" / "credentials"

    @property
    def aws_config(self) -> Path:
        """AWS config file."""
        return self.root / "aws" / "config"

    @property
    def pulumi_home(self) -> Path:
        """PULUMI_HOME, with the provider plugins."""
        return self.root / "pulumi-home"

    @property
    def backend(self) -> Path:
        """Pulumi's file backend: the states of all stacks."""
        return self.root / "backend"

    @property
    def backend_url(self) -> str:
        """Its address, as PULUMI_BACKEND_URL takes it.

        Without files of metadata: unlike states they are not written at once, and one that a
        killed engine left half written makes its state unreadable.
        """
        return f"{self.backend.as_uri()}?metadata=skip"

    @property
    def project(self) -> Path:
        """Copy of Pulumi.yaml and the stack files, so that the checkout stays clean."""
        return self.root / "project"

    @property
    def kubeconfig(self) -> Path:
        """Kubeconfig with one context per colour, through ``aws eks get-token``."""
        return self.root / "kubeconfig"

    def read_running(self) -> RunningCloud | None:
        """The running cloud of this folder, or None when none was started."""
        try:
            return RunningCloud.model_validate_json(self.running.read_text())
        except FileNotFoundError:
            return None

    def environment(self, cloud: RunningCloud) -> dict[str, str]:
        """Environment in which Pulumi, AWS and Kubernetes clients use this local cloud.

        Returns the caller's environment, with whatever would lead them elsewhere replaced.
        """
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "PULUMI_"))}
        return kept | {
            "PATH": f"{self.bin}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "AWS_ENDPOINT_URL": cloud.aws_url,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_SHARED_CREDENTIALS_FILE": str(self.credentials),
            "AWS_CONFIG_FILE": str(self.aws_config),
            "AWS_EC2_METADATA_DISABLED": "true",
            "HTTPS_PROXY": cloud.proxy_url,
            "https_proxy": cloud.proxy_url,
            # OpenSSL and Go trust it in place of the system's: nothing real is behind the proxy.
            "SSL_CERT_FILE": str(self.authority / "ca.crt"),
            # Node adds it to its own: the real eks plugin asks the issuer for its certificate.
            "NODE_EXTRA_CA_CERTS": str(self.authority / "ca.crt"),
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
            "KUBECONFIG": str(self.kubeconfig),
            "LOCALCLOUD_STATE": str(self.root),
            "LOCALCLOUD_DNS_PORT": str(cloud.dns_port),
            "EKS_PLATFORM_RESOLVER": f"127.0.0.1:{cloud.dns_port}",
            "LOCALCLOUD_BALANCER_PORT": str(cloud.balancer_port),
            "BLUEGREEN_RESOLVER": f"127.0.0.1:{cloud.dns_port}",
            "PULUMI_HOME": str(self.pulumi_home),
            "PULUMI_BACKEND_URL": self.backend_url,
            "PULUMI_CONFIG_PASSPHRASE": "",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            # A third of what a short run of the engine takes is collecting garbage as it starts.
            "GOGC": os.environ.get("GOGC", "400"),
        }
