"""Which images the local cloud runs the program of, and what each program is started with."""

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from localcloud import cluster_autoscaler
from localcloud.cluster.kube import Object
from localcloud.extras import (
    CLUSTER_AUTOSCALER,
    DESCHEDULER,
    EXTERNAL_SECRETS,
    KARPENTER,
    KEDA,
    METRICS_SERVER,
    Extra,
)
from localcloud.processes import free_port
from localcloud.server_settings import PodProgram
from localcloud.tools import catalogue
from localcloud.tools.catalogue import Tool


@dataclass(frozen=True)
class Launch:
    """What a program of a pod is started with.

    Attributes:
        arguments: those of its container, what follows its command first; files of its volumes
            lie elsewhere here.
        kubeconfig: leads to the API server as the pod's service account.
        namespace: of the pod.
        folder: of this pod alone.
        port: gives the loopback port for a port of the pod.
        aws_url: endpoint of the local AWS, for SDKs that read a variable of their own for it.
    """

    arguments: Sequence[str]
    kubeconfig: Path
    namespace: str
    folder: Path
    port: Callable[[int], int]
    aws_url: str


def _as_it_is(launch: Launch) -> Sequence[str]:
    return launch.arguments


def _nothing(_: Launch) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True)
class Program:
    """A program that runs as a process for each running pod of its image.

    Attributes:
        image: the image's name without its registry and tag, and with no more of its folders than
            tell it from others.
        executable: a tool, or the path of a program.
        arguments: how it is started.
        environment: variables beside those that every program has.
        extra: what must be asked for by `--with`; None runs always.
        writes_names: whether `localcloud.writers` reads when its processes lived.
        subcommand: first argument of its containers, where an image has several programs: none
            may be one of them; None stands for whatever there is.
        alone: whether one process at a time runs in a cluster, for all of its pods: those of a
            program whose election cannot take place outside of a pod.
    """

    image: str
    executable: Tool | Path
    arguments: Callable[[Launch], Sequence[str]] = _as_it_is
    environment: Callable[[Launch], Mapping[str, str]] = _nothing
    extra: Extra | None = None
    writes_names: bool = False
    subcommand: str | None = None
    alone: bool = False


def container_of(pod: Object, program: Program) -> Object | None:
    """The container of a pod that has the program's image and subcommand, or None."""
    return next((it for it in pod["spec"]["containers"] if _runs(it, program)), None)


def _runs(container: Object, program: Program) -> bool:
    if not f"/{image_path(container.get('image', ''))}".endswith(f"/{program.image}"):
        return False
    return program.subcommand in (None, subcommand_of(container.get("args") or []))


def arguments_of(container: Object) -> list[str]:
    """What a container hands to its program: some charts give all of it as the command."""
    return [*(container.get("command") or [])[1:], *(container.get("args") or [])]


def subcommand_of(arguments: Sequence[str]) -> str:
    """``webhook`` of ``webhook --port=10250``; empty where the first is an option, or none is."""
    first = next(iter(arguments), "")
    return "" if first.startswith("-") else first


def image_path(image: str) -> str:
    """``HOST/karpenter/controller`` of ``HOST/karpenter/controller:1.14.1@sha256:…``."""
    folders, slash, name = image.partition("@")[0].rpartition("/")
    return f"{folders}{slash}{name.partition(':')[0]}"


def with_options(arguments: Sequence[str], **options: str) -> list[str]:
    """Arguments with some ``--options`` given anew; underscores stand for hyphens."""
    flags = {f"--{name.replace('_', '-')}": value for name, value in options.items()}
    kept = [word for word in arguments if word.partition("=")[0] not in flags]
    return [*kept, *(f"{flag}={value}" for flag, value in flags.items())]


def option(arguments: Sequence[str], name: str, otherwise: str) -> str:
    """Value of an option that is given as ``--name=value``; the last one counts."""
    found = [word.partition("=")[2] for word in arguments if word.startswith(f"--{name}=")]
    return found[-1] if found else otherwise


def _external_dns_environment(launch: Launch) -> Mapping[str, str]:
    return {
        "EXTERNAL_DNS_KUBECONFIG": str(launch.kubeconfig),
        "EXTERNAL_DNS_METRICS_ADDRESS": f"127.0.0.1:{free_port()}",
    }


def _metrics_server(launch: Launch) -> Sequence[str]:
    port = int(option(launch.arguments, "secure-port", "4443"))
    return with_options(
        launch.arguments,
        secure_port=str(launch.port(port)),
        bind_address="127.0.0.1",
        cert_dir=str(launch.folder / "certificates"),
        kubeconfig=str(launch.kubeconfig),
        authentication_kubeconfig=str(launch.kubeconfig),
        authorization_kubeconfig=str(launch.kubeconfig),
    )


def _descheduler(launch: Launch) -> Sequence[str]:
    return with_options(
        launch.arguments,
        secure_port=str(launch.port(10258)),
        bind_address="127.0.0.1",
        cert_dir=str(launch.folder / "certificates"),
        client_connection_kubeconfig=str(launch.kubeconfig),
    )


_EXTERNAL_SECRETS_OPTIONS: Mapping[str, tuple[str, ...]] = {
    "": ("concurrent", "controller-class", "enable-flood-gate", "loglevel", "zap-time-encoding"),
    "webhook": (
        "cert-dir",
        "check-interval",
        "dns-name",
        "loglevel",
        "lookahead-interval",
        "tls-ciphers",
        "tls-min-version",
        "zap-time-encoding",
    ),
    "certcontroller": (
        "crd-names",
        "crd-requeue-interval",
        "enable-partial-cache",
        "loglevel",
        "secret-name",
        "secret-namespace",
        "service-name",
        "service-namespace",
        "zap-time-encoding",
    ),
}
"""Options that the version which is built knows, of those that lead nowhere but here: the chart's
version is a later one, and an unknown option ends the program (cmd/controller of 0.16.2)."""
_NOT_SERVED = ("cluster-external-secret", "push-secret", "cluster-push-secret")
"""Kinds of the chart that the local cloud has not; their reconcilers are turned off."""


def _external_secrets(launch: Launch) -> Sequence[str]:
    """Without the election, which takes place in a pod only: see `Program.alone`."""
    return [
        *_known(launch),
        f"--metrics-addr=127.0.0.1:{launch.port(8080)}",
        "--enable-leader-election=false",
        *(f"--enable-{kind}-reconciler=false" for kind in _NOT_SERVED),
    ]


def _external_secrets_webhook(launch: Launch) -> Sequence[str]:
    port = int(option(launch.arguments, "port", "10250"))
    return with_options(
        _known(launch),
        port=str(launch.port(port)),
        metrics_addr=f"127.0.0.1:{launch.port(8080)}",
        healthz_addr=f"127.0.0.1:{launch.port(8081)}",
    )


def _external_secrets_certificates(launch: Launch) -> Sequence[str]:
    return with_options(
        _known(launch),
        metrics_addr=f"127.0.0.1:{launch.port(8080)}",
        healthz_addr=f"127.0.0.1:{launch.port(8081)}",
    )


def _known(launch: Launch) -> list[str]:
    command = subcommand_of(launch.arguments)
    known = _EXTERNAL_SECRETS_OPTIONS[command]
    options = [it for it in launch.arguments if it.partition("=")[0].removeprefix("--") in known]
    return [command, *options] if command else options


def _endpoints(launch: Launch) -> Mapping[str, str]:
    """Its SDK, the first one for Go, reads no AWS_ENDPOINT_URL (pkg/provider/aws/auth)."""
    services = ("SECRETSMANAGER", "SSM", "STS")
    return {f"AWS_{service}_ENDPOINT": launch.aws_url for service in services}


def _karpenter_environment(launch: Launch) -> Mapping[str, str]:
    return {
        "METRICS_PORT": str(launch.port(8080)),
        "HEALTH_PROBE_PORT": str(launch.port(8081)),
        # In a pod it reads it from the service account's files.
        "LEADER_ELECTION_NAMESPACE": launch.namespace,
    }


def _cluster_autoscaler(launch: Launch) -> Sequence[str]:
    return ["-P", "-m", cluster_autoscaler.__name__, *launch.arguments]


def _keda(launch: Launch) -> Sequence[str]:
    return with_options(
        launch.arguments,
        metrics_bind_address=f"127.0.0.1:{launch.port(8080)}",
        health_probe_bind_address=f"127.0.0.1:{launch.port(8081)}",
        metrics_service_bind_address=f"127.0.0.1:{launch.port(9666)}",
    )


def _keda_metrics(launch: Launch) -> Sequence[str]:
    """Its metrics are served on every address: it has no option for that."""
    metrics, api = (
        int(option(launch.arguments, name, other))
        for name, other in (("port", "8080"), ("secure-port", "6443"))
    )
    return with_options(
        launch.arguments,
        port=str(launch.port(metrics)),
        secure_port=str(launch.port(api)),
        bind_address="127.0.0.1",
        lister_kubeconfig=str(launch.kubeconfig),
        authentication_kubeconfig=str(launch.kubeconfig),
        authorization_kubeconfig=str(launch.kubeconfig),
    )


def _keda_webhooks(launch: Launch) -> Sequence[str]:
    port = int(option(launch.arguments, "port", "9443"))
    return with_options(
        launch.arguments,
        port=str(launch.port(port)),
        metrics_bind_address=f"127.0.0.1:{launch.port(8080)}",
        health_probe_bind_address=f"127.0.0.1:{launch.port(8081)}",
    )


def _keda_environment(launch: Launch) -> Mapping[str, str]:
    # In a pod it reads it from the service account's files.
    return {"KEDA_CLUSTER_OBJECT_NAMESPACE": launch.namespace}


PROGRAMS: tuple[Program, ...] = (
    Program(
        "external-dns",
        catalogue.EXTERNAL_DNS,
        environment=_external_dns_environment,
        writes_names=True,
    ),
    Program("metrics-server", catalogue.METRICS_SERVER, _metrics_server, extra=METRICS_SERVER),
    Program("descheduler", catalogue.DESCHEDULER, _descheduler, extra=DESCHEDULER),
    Program(
        "external-secrets",
        catalogue.EXTERNAL_SECRETS,
        _external_secrets,
        environment=_endpoints,
        extra=EXTERNAL_SECRETS,
        subcommand="",
        alone=True,
    ),
    Program(
        "external-secrets",
        catalogue.EXTERNAL_SECRETS,
        _external_secrets_webhook,
        extra=EXTERNAL_SECRETS,
        subcommand="webhook",
    ),
    Program(
        "external-secrets",
        catalogue.EXTERNAL_SECRETS,
        _external_secrets_certificates,
        extra=EXTERNAL_SECRETS,
        subcommand="certcontroller",
    ),
    Program(
        "karpenter/controller",
        catalogue.KARPENTER,
        environment=_karpenter_environment,
        extra=KARPENTER,
    ),
    Program(
        "autoscaling/cluster-autoscaler",
        Path(sys.executable),
        _cluster_autoscaler,
        extra=CLUSTER_AUTOSCALER,
        alone=True,
    ),
    Program("kedacore/keda", catalogue.KEDA, _keda, environment=_keda_environment, extra=KEDA),
    Program(
        "kedacore/keda-metrics-apiserver",
        catalogue.KEDA_METRICS_ADAPTER,
        _keda_metrics,
        environment=_keda_environment,
        extra=KEDA,
    ),
    Program(
        "kedacore/keda-admission-webhooks",
        catalogue.KEDA_ADMISSION_WEBHOOKS,
        _keda_webhooks,
        environment=_keda_environment,
        extra=KEDA,
    ),
)
"""Every program of pods that the local cloud can run."""

JOB_PROGRAMS: tuple[Program, ...] = (Program("kubectl", catalogue.KUBECTL),)
"""Those that run to their end, in pods of Jobs; `manifests/kwok.yaml` leaves such pods to them."""

_PORT = re.compile(r"\$\(PORT_(\d+)\)")


def of_user(asked: PodProgram) -> Program:
    """The program of a user's own.

    In its arguments ``$(PORT_8443)`` is the loopback port on which port 8443 of the pod is served.
    """
    executable, *first = asked.command

    def arguments(launch: Launch) -> Sequence[str]:
        def port(found: re.Match[str]) -> str:
            return str(launch.port(int(found[1])))

        return [*first, *(_PORT.sub(port, word) for word in launch.arguments)]

    return Program(asked.image, Path(executable), arguments)
