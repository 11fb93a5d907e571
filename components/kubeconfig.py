"""The stable kubeconfig: it stays the same whichever colour is active."""

import base64
from collections.abc import Iterable

# A name in the certificate of every API server; that of the CNAME is in none.
_TLS_SERVER_NAME = "kubernetes.default.svc"
# Asks the TXT record for the cluster's name, then has aws-iam-authenticator make the token.
_WRAPPER = "aws-iam-authenticator-wrapper"
_CONTEXT = "eks"


def api_name(api_zone: str) -> str:
    """DNS name of the active cluster's API server, for example ``api.devinfra.info``."""
    return f"api.{api_zone}"


def cluster_record_name(api_zone: str) -> str:
    """DNS name of the TXT record that holds the active cluster's name."""
    return f"eks.{api_zone}"


def bundle(authorities: Iterable[str]) -> str:
    """One certificate bundle out of several.

    Args:
        authorities: base64 of PEMs, as EKS gives them.

    Returns:
        Base64 of the PEMs one after the other, each once.

    Raises:
        ValueError: one is not base64.
    """
    pems = [base64.b64decode(authority, validate=True).strip() for authority in authorities]
    return base64.b64encode(b"".join(pem + b"\n" for pem in dict.fromkeys(pems))).decode()


def stable(
    api_zone: str, authorities: Iterable[str], *, role_arn: str | None = None
) -> dict[str, object]:
    """Kubeconfig whose context ``eks`` is the active cluster, as a JSON-able object.

    Args:
        api_zone: DNS zone of the API records, without a final dot.
        authorities: base64 of the PEM of each colour's certificate authority.
        role_arn: IAM role that the token command takes on; None keeps the caller's own identity.

    Raises:
        ValueError: an authority is not base64.
    """
    # The cluster's entry is called as the TXT record: the wrapper takes the name after -i.
    name = cluster_record_name(api_zone)
    cluster = {
        "server": f"https://{api_name(api_zone)}",
        "tls-server-name": _TLS_SERVER_NAME,
        "certificate-authority-data": bundle(authorities),
    }
    role = [] if role_arn is None else ["-r", role_arn]
    token = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": _WRAPPER,
        "args": ["token", "-i", name, *role],
        "interactiveMode": "Never",
    }
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": cluster}],
        "users": [{"name": name, "user": {"exec": token}}],
        "contexts": [{"name": _CONTEXT, "context": {"cluster": name, "user": name}}],
        "current-context": _CONTEXT,
    }
