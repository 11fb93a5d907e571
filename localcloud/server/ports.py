"""The ports that a local cloud is asked to take, looked at before anything is started."""

import socket
from dataclasses import dataclass

_LOOPBACK = "127.0.0.1"
_BALANCERS = "127.255.255.254"
"""An address that no load balancer has; its ports are taken when all of loopback's are."""


@dataclass(frozen=True)
class Ports:
    """Loopback ports; 0 takes any free one."""

    aws: int
    dns: int
    proxy: int


class PortError(Exception):
    """Ports are taken; the message names each, its use, and how to choose another."""


def require_free(ports: Ports, balancers: int) -> None:
    """Looks whether every port that was asked for can be taken.

    Args:
        ports: what was asked for.
        balancers: port of all load balancers.

    Raises:
        PortError: some cannot.
    """
    tcp, udp = socket.SOCK_STREAM, socket.SOCK_DGRAM
    asked = (
        (ports.aws, "the AWS APIs", "LOCALCLOUD_AWS_PORT", _LOOPBACK, (tcp,)),
        (ports.dns, "the DNS server", "LOCALCLOUD_DNS_PORT", _LOOPBACK, (tcp, udp)),
        (ports.proxy, "the HTTPS proxy", "LOCALCLOUD_PROXY_PORT", _LOOPBACK, (tcp,)),
        (balancers, "load balancers", "LOCALCLOUD_BALANCER_PORT", _BALANCERS, (tcp,)),
    )
    taken = [
        f"port {port} of {use} cannot be used ({problem}): set {variable} to another one, or to 0"
        " for any"
        for port, use, variable, address, kinds in asked
        if port and (problem := _problem(address, port, kinds))
    ]
    if taken:
        raise PortError("; ".join(taken))


def _problem(address: str, port: int, kinds: tuple[socket.SocketKind, ...]) -> str:
    """Why a port cannot be taken; empty when it can."""
    for kind in kinds:
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind is socket.SOCK_STREAM:
                # Connections of an earlier one that still linger are no hindrance.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError as error:
                return error.strerror or str(error)
    return ""
