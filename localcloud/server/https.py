"""The HTTPS server for API servers' token webhooks and for OIDC issuers."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler

from cryptography.hazmat.primitives import serialization
from joserfc.jwk import RSAKey

from localcloud.authority import Authority
from localcloud.faults import WEBHOOK, Fault
from localcloud.server import tls
from localcloud.server.eks.model import Json
from localcloud.server.faults import Faults
from localcloud.server.webhook import TokenReviewer

_WEBHOOK = "/authenticate/"
_DISCOVERY = "/.well-known/openid-configuration"


class HttpsServer:
    """Serves ``/authenticate/CLUSTER`` and ``/id/IDENTIFIER`` on a loopback port."""

    def __init__(
        self,
        authority: Authority,
        region: str,
        reviewer: TokenReviewer,
        keys_of: Callable[[str], str | None],
        faults: Faults,
    ) -> None:
        self.host = f"oidc.eks.{region}.amazonaws.com"
        self._reviewer = reviewer
        self._keys_of = keys_of
        self._faults = faults
        hosts = [self.host, "127.0.0.1"]
        self._server = tls.server(authority, "https-services", hosts, self._handler())
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def start(self) -> None:
        """Begins to serve."""
        self._thread.start()

    def stop(self) -> None:
        """Ends."""
        self._server.shutdown()
        self._server.server_close()

    def review(self, path: str, body: bytes) -> Json | None:
        """Answer to a webhook call, or None when the path is no webhook."""
        if not path.startswith(_WEBHOOK):
            return None
        cluster = path.removeprefix(_WEBHOOK).partition("?")[0]
        return self._reviewer.review(cluster, json.loads(body))

    def fault_of(self, path: str) -> Fault | None:
        """What happens to a webhook call, or None."""
        cluster = path.removeprefix(_WEBHOOK).partition("?")[0]
        strike = self._faults.decide(WEBHOOK, cluster)
        return strike.fault if strike else None

    def discover(self, path: str) -> Json | None:
        """An issuer's discovery document or keys, or None when there is no such issuer."""
        place, _, rest = path.removeprefix("/id/").partition("/")
        issuer = f"https://{self.host}/id/{place}"
        pem = self._keys_of(issuer)
        if pem is None:
            return None
        if f"/{rest}" == _DISCOVERY:
            return {
                "issuer": issuer,
                "jwks_uri": f"{issuer}/keys",
                "authorization_endpoint": "urn:kubernetes:programmatic_authorization",
                "response_types_supported": ["id_token"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "claims_supported": ["sub", "iss"],
            }
        if rest == "keys":
            return {"keys": [json_web_key(pem)]}
        return None

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._send(outer.discover(self.path))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                fault = outer.fault_of(self.path)
                if fault is not None and fault.kind == "reset":
                    self.close_connection = True
                    return
                if fault is not None and fault.kind == "error":
                    self.send_error(500)
                    return
                if fault is not None:
                    time.sleep(fault.seconds)
                self._send(outer.review(self.path, body))

            def _send(self, answer: Json | None) -> None:
                content = json.dumps(answer or {"error": "not found"}).encode()
                self.send_response(404 if answer is None else 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Says nothing: API servers ask all the time."""

        return Handler


def json_web_key(pem: str) -> Json:
    """A public key as an issuer publishes it, with the key id that Kubernetes gives it."""
    key = RSAKey.import_key(pem)
    public = serialization.load_pem_public_key(pem.encode())
    der = public.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    digest = base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()
    return {**key.as_dict(private=False), "kid": digest, "use": "sig", "alg": "RS256"}
