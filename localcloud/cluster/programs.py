"""Which images the local cloud runs the program of, and what each program is started with."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from localcloud.cluster.kube import Object
from localcloud.extras import DESCHEDULER, METRICS_SERVER, Extra
from localcloud.processes import free_port
from localcloud.tools import catalogue
from localcloud.tools.catalogue import Tool


@dataclass(frozen=True)
class Launch:
    """What a program of a pod is started with.

    Attributes:
        arguments: those of its container; files of its volumes lie elsewhere here.
        kubeconfig: leads to the API server as the pod's service account.
        folder: of this pod alone.
        port: gives the loopback port for a port of the pod.
    """

    arguments: Sequence[str]
    kubeconfig: Path
    folder: Path
    port: Callable[[int], int]


def _as_it_is(launch: Launch) -> Sequence[str]:
    return launch.arguments


def _nothing(_: Launch) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True)
class Program:
    """A program that runs as a process for each running pod of its image.

    Attributes:
        image: the image's name, without its registry, folders and tag.
        executable: a tool, or the path of a program.
        arguments: how it is started.
        environment: variables beside those that every program has.
        extra: what must be asked for by `--with`; None runs always.
        writes_names: whether `localcloud.writers` reads when its processes lived.
    """

    image: str
    executable: Tool | Path
    arguments: Callable[[Launch], Sequence[str]] = _as_it_is
    environment: Callable[[Launch], Mapping[str, str]] = _nothing
    extra: Extra | None = None
    writes_names: bool = False


def container_of(pod: Object, program: Program) -> Object | None:
    """The container of a pod that has the program's image, or None."""
    return next(
        (
            it
            for it in pod["spec"]["containers"]
            if image_name(it.get("image", "")) == program.image
        ),
        None,
    )


def image_name(image: str) -> str:
    """``metrics-server`` of ``registry.k8s.io/metrics-server/metrics-server:v0.8.1@sha256:…``."""
    return image.partition("@")[0].rpartition("/")[2].partition(":")[0]


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


PROGRAMS: tuple[Program, ...] = (
    Program(
        "external-dns",
        catalogue.EXTERNAL_DNS,
        environment=_external_dns_environment,
        writes_names=True,
    ),
    Program("metrics-server", catalogue.METRICS_SERVER, _metrics_server, extra=METRICS_SERVER),
    Program("descheduler", catalogue.DESCHEDULER, _descheduler, extra=DESCHEDULER),
)
"""Every program of pods that the local cloud can run."""
