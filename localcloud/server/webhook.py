"""EKS authentication: tells an API server who a ``k8s-aws-v1.`` token belongs to."""

import base64
import binascii
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from moto.ec2.models import ec2_backends

from localcloud.server.eks import access
from localcloud.server.eks.errors import NotFoundError
from localcloud.server.eks.model import Json
from localcloud.server.eks.service import EksService
from localcloud.server.identity import Principal, principal_of, signature_is_right
from localcloud.state import ACCOUNT_ID

_PREFIX = "k8s-aws-v1."
_CLUSTER_HEADER = "x-k8s-aws-id"
_LIFETIME = timedelta(minutes=15)  # of a token, as EKS has it
_SKEW = timedelta(minutes=5)


class TokenError(Exception):
    """The token proves nothing; the message says why."""


class TokenReviewer:
    """Answers TokenReview requests.

    Attributes:
        sts_hosts: hosts that a token's URL may name.
    """

    def __init__(self, eks: EksService, sts_hosts: tuple[str, ...]) -> None:
        self._eks = eks
        self._hosts = sts_hosts

    def review(self, cluster: str, request: Json) -> Json:
        """The TokenReview with its status filled in."""
        try:
            status = self._authenticate(cluster, str(request["spec"]["token"]))
        except (TokenError, NotFoundError) as error:
            status: Json = {"authenticated": False, "error": str(error)}
        return {"apiVersion": request["apiVersion"], "kind": "TokenReview", "status": status}

    def _authenticate(self, name: str, token: str) -> Json:
        principal = self._verify(name, token)
        identity = access.identify(
            self._eks.cluster(name), principal.identity_arn, _values(principal)
        )
        if identity is None:
            raise TokenError(f"{principal.identity_arn} has no access to {name}")
        return {
            "authenticated": True,
            "user": {
                "username": identity.username,
                "uid": f"aws-iam-authenticator:{principal.account_id}:{principal.user_id}",
                "groups": list(identity.groups),
                "extra": {
                    "arn": [principal.identity_arn],
                    "canonicalArn": [principal.identity_arn],
                    "sessionName": [principal.session_name],
                },
            },
        }

    def _verify(self, cluster: str, token: str) -> Principal:
        """Whose token it is, once everything in it was checked."""
        url = _decoded(token)
        parts = urlsplit(url)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        if parts.netloc not in self._hosts or query.get("Action") != "GetCallerIdentity":
            raise TokenError("the token is no presigned GetCallerIdentity of this STS")
        if _CLUSTER_HEADER not in query.get("X-Amz-SignedHeaders", "").split(";"):
            raise TokenError(f"the token's signature does not cover {_CLUSTER_HEADER}")
        _check_time(query.get("X-Amz-Date", ""))
        principal = principal_of(query.get("X-Amz-Credential", "").split("/")[0])
        if principal is None:
            raise TokenError("the token was signed with unknown credentials")
        if query.get("X-Amz-Security-Token") != principal.session_token:
            raise TokenError("the token's session is another one")
        if not signature_is_right(url, {_CLUSTER_HEADER: cluster}, principal):
            raise TokenError(f"the token was not signed for {cluster}, or not by its owner")
        return principal


def _decoded(token: str) -> str:
    if not token.startswith(_PREFIX):
        raise TokenError(f"the token does not begin with {_PREFIX}")
    encoded = token.removeprefix(_PREFIX)
    try:
        return base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
    except (binascii.Error, ValueError) as error:
        raise TokenError("the token is no base64") from error


def _check_time(text: str) -> None:
    try:
        signed = datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise TokenError("the token has no date") from error
    now = datetime.now(UTC)
    if not signed - _SKEW <= now <= signed + _LIFETIME:
        raise TokenError(f"the token of {text} has expired")


def _values(principal: Principal) -> Mapping[str, str]:
    """What placeholders in user names stand for."""
    values = {
        "AccountID": principal.account_id,
        "SessionName": principal.session_name,
        "SessionNameRaw": principal.session_name,
    }
    if principal.session_name.startswith("i-"):
        for backend in ec2_backends[ACCOUNT_ID].values():
            instances: list[Any] = backend.all_instances()
            for instance in instances:
                if instance.id == principal.session_name:
                    values["EC2PrivateDNSName"] = str(instance.private_dns)
    return values
