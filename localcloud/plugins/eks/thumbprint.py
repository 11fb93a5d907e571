"""The fingerprint that IAM wants of an OIDC issuer's certificate authority."""

import hashlib
import http.client
import ssl
import urllib.parse
import urllib.request
from typing import Protocol, cast

from localcloud.fair_clock import ANSWER


class _Certificate(Protocol):
    def public_bytes(self, encoding: int) -> bytes: ...


class _Chained(Protocol):
    def get_unverified_chain(self) -> list[_Certificate] | None: ...


def thumbprint(issuer: str) -> str:
    """SHA-1 of the topmost certificate that the issuer's server sends, as 40 hex digits.

    The certificate is not verified: its fingerprint is what IAM will trust. The proxy of the
    environment (HTTPS_PROXY) is used.

    Raises:
        OSError: the issuer cannot be reached, or sends no certificate.
    """
    parts = urllib.parse.urlsplit(issuer)
    host, port = parts.hostname or "", parts.port or 443
    connection = _connection(host, port)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        connection.connect()
        with context.wrap_socket(connection.sock, server_hostname=host) as secured:
            # Python 3.13 makes this method of the inner object public.
            inner = cast("_Chained", getattr(secured, "_sslobj"))  # noqa: B009
            chain = inner.get_unverified_chain()
    except OSError as error:
        raise OSError(f"no certificate could be read from {host}: {error}") from error
    if not chain:
        raise OSError(f"{host} sends no certificate")
    der = 2  # _ssl.ENCODING_DER
    return hashlib.sha1(chain[-1].public_bytes(der), usedforsecurity=False).hexdigest()


def _connection(host: str, port: int) -> http.client.HTTPConnection:
    proxy = urllib.request.getproxies().get("https")
    if not proxy or urllib.request.proxy_bypass(host):
        return http.client.HTTPConnection(host, port, timeout=ANSWER)
    where = urllib.parse.urlsplit(proxy)
    connection = http.client.HTTPConnection(where.hostname or "", where.port or 80, timeout=ANSWER)
    connection.set_tunnel(host, port)
    return connection
