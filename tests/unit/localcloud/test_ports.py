"""Ports that are taken are said before anything is started."""

import socket

import pytest

from localcloud import cli
from localcloud.server.ports import PortError, Ports, require_free


def test_every_taken_port_is_named_with_its_use_and_the_remedy() -> None:
    with socket.socket() as aws, socket.socket(type=socket.SOCK_DGRAM) as dns:
        aws.bind(("127.0.0.1", 0))
        aws.listen()
        dns.bind(("127.0.0.1", 0))
        web, names = aws.getsockname()[1], dns.getsockname()[1]
        with pytest.raises(PortError) as error:
            require_free(Ports(aws=web, dns=names, proxy=0), 0)
        assert str(error.value) == (
            f"port {web} of the AWS APIs cannot be used (Address already in use): set"
            f" LOCALCLOUD_AWS_PORT to another one, or to 0 for any; port {names} of the DNS server"
            " cannot be used (Address already in use): set LOCALCLOUD_DNS_PORT to another one, or"
            " to 0 for any"
        )
    assert any(map(is_free, range(20)))


def is_free(_: int) -> bool:
    """Whether ports that were free a moment ago pass: another program may have taken them."""
    with socket.socket() as aws, socket.socket(type=socket.SOCK_DGRAM) as dns:
        aws.bind(("127.0.0.1", 0))
        dns.bind(("127.0.0.1", 0))
        web, names = aws.getsockname()[1], dns.getsockname()[1]
    try:
        require_free(Ports(aws=web, dns=names, proxy=0), 0)
    except PortError:
        return False
    return True


def test_the_port_of_load_balancers_is_taken_when_all_addresses_have_it() -> None:
    with socket.socket() as other:
        other.bind(("0.0.0.0", 0))  # noqa: S104 - as the programs that take it do
        other.listen()
        with pytest.raises(PortError, match=r"of load balancers .*LOCALCLOUD_BALANCER_PORT"):
            require_free(Ports(0, 0, 0), other.getsockname()[1])


def test_another_local_cloud_can_have_the_same_port_for_its_load_balancers() -> None:
    with socket.socket() as other:
        other.bind(("127.3.4.5", 0))
        other.listen()
        require_free(Ports(0, 0, 0), other.getsockname()[1])


@pytest.mark.parametrize("text", ["abc", "-1", "65536", ""])
def test_what_is_no_port_is_said(
    text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOCALCLOUD_DNS_PORT", text)
    with pytest.raises(SystemExit):
        cli.main(["up"])
    assert f"--dns-port: {text!r} is no port: 0 to 65535" in capsys.readouterr().err
