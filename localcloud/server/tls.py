"""HTTPS on a loopback port, with a certificate of the local authority."""

import ssl
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from localcloud.authority import Authority


def server(
    authority: Authority, name: str, hosts: Sequence[str], handler: type[BaseHTTPRequestHandler]
) -> ThreadingHTTPServer:
    """A server on a free port that does not serve yet.

    Args:
        authority: signs its certificate.
        name: of the certificate's files.
        hosts: names and addresses that it is reached by.
        handler: answers requests.
    """
    pair = authority.issue(name, hosts=hosts)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    chain = authority.folder / f"{name}-chain.crt"
    chain.write_text(pair.certificate.read_text() + authority.certificate_pem)
    context.load_cert_chain(chain, pair.key)
    made = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    made.daemon_threads = True
    made.socket = context.wrap_socket(made.socket, server_side=True)
    return made
