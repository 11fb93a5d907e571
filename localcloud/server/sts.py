"""STS with trust: moto gives any role to anybody, this asks the role's trust policy first."""

import json
import re
import time
import urllib.parse
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from joserfc.jws import extract_compact
from moto.iam.models import iam_backends

from localcloud.server.identity import (
    PARTITION,
    WebIdentity,
    access_key_of,
    principal_of,
    remember_web_identity,
)
from localcloud.server.operations import read_body
from localcloud.server.permissions.patterns import UnknownError
from localcloud.server.permissions.sessions import Limits, remember
from localcloud.server.trust import Asker, trusts
from localcloud.state import ACCOUNT_ID

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


_ACCESS_KEY = re.compile(rb"<AccessKeyId>(\w+)</AccessKeyId>")


@dataclass(frozen=True)
class Issuer:
    """Who signs a cluster's service account tokens.

    Attributes:
        cluster: name of the EKS cluster.
        keys_pem: public key.
    """

    cluster: str
    keys_pem: str


@dataclass
class RefusalError(Exception):
    """STS says no."""

    code: str
    message: str


class TrustingSts:
    """WSGI middleware before moto's STS."""

    def __init__(self, app: "WSGIApplication", issuer_of: Callable[[str], Issuer | None]) -> None:
        self._app = app
        self._issuer_of = issuer_of

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Serves one request."""
        body = read_body(environ)
        fields = {key: values[0] for key, values in parse_qs(body.decode()).items()}
        try:
            pod = self._check(fields, environ.get("HTTP_AUTHORIZATION", ""))
        except RefusalError as refusal:
            content = _error(refusal)
            start_response("403 Forbidden", [("Content-Type", "text/xml")])
            return [content]
        answer = b"".join(self._app(environ, start_response))
        given = _ACCESS_KEY.search(answer)
        if given:
            remember(given.group(1).decode(), _limits(fields))
        if pod and given:
            remember_web_identity(given.group(1).decode(), pod)
        return [answer]

    def _check(self, fields: Mapping[str, str], authorization: str) -> WebIdentity | None:
        """The pod that asks, if it is one."""
        action = fields.get("Action", "")
        if action in ("GetCallerIdentity", "GetAccessKeyInfo"):
            return None
        if action == "AssumeRole":
            self._check_assume_role(fields, authorization)
            return None
        if action == "AssumeRoleWithWebIdentity":
            return self._check_web_identity(fields)
        raise RefusalError("InvalidAction", f"the local STS does not emulate {action}")

    def _check_assume_role(self, fields: Mapping[str, str], authorization: str) -> None:
        caller = principal_of(access_key_of(authorization))
        if caller is None:
            raise RefusalError(
                "InvalidClientTokenId", "The security token in the request is invalid."
            )
        root = f"arn:{PARTITION}:iam::{caller.account_id}:root"
        asker = Asker(
            "sts:AssumeRole",
            "AWS",
            (caller.arn, caller.identity_arn, caller.account_id, root),
            {
                "aws:principalaccount": caller.account_id,
                "aws:principalarn": caller.identity_arn,
                **_context_keys(fields),
            },
        )
        _require(fields["RoleArn"], asker, caller.arn)

    def _check_web_identity(self, fields: Mapping[str, str]) -> WebIdentity:
        token = fields["WebIdentityToken"]
        issuer = _unverified_issuer(token)
        host = issuer.removeprefix("https://")
        provider = f"arn:{PARTITION}:iam::{ACCOUNT_ID}:oidc-provider/{host}"
        iam = iam_backends[ACCOUNT_ID][PARTITION]
        registered = iam.open_id_providers.get(provider)
        known = self._issuer_of(issuer)
        if registered is None or known is None:
            raise RefusalError(
                "InvalidIdentityToken",
                f"No OpenIDConnect provider found in your account for {issuer}",
            )
        try:
            claims = jwt.decode(
                token, RSAKey.import_key(known.keys_pem), algorithms=["RS256"]
            ).claims
        except JoseError as error:
            raise RefusalError(
                "InvalidIdentityToken", f"the token is not valid: {error}"
            ) from error
        audiences = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
        accepted = [a for a in audiences if a in registered.client_id_list]
        if not accepted:
            raise RefusalError("InvalidIdentityToken", "Incorrect token audience")
        if claims["exp"] < time.time():
            raise RefusalError("ExpiredTokenException", "Token expired")
        subject = {f"{host}:sub".lower(): claims["sub"], f"{host}:aud".lower(): accepted[0]}
        context = {**subject, **_context_keys(fields)}
        asker = Asker("sts:AssumeRoleWithWebIdentity", "Federated", (provider,), context)
        _require(fields["RoleArn"], asker, claims["sub"])
        return _pod(known.cluster, claims)


def _context_keys(fields: Mapping[str, str]) -> dict[str, str]:
    """Condition keys that the call itself says."""
    keys = {"ExternalId": "sts:externalid", "RoleSessionName": "sts:rolesessionname"}
    return {key: fields[name] for name, key in keys.items() if name in fields}


def _limits(fields: Mapping[str, str]) -> Limits:
    """What the session gets besides, of https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html."""
    managed = [it for key, it in fields.items() if key.startswith("PolicyArns.")]
    tagged = any(key.startswith("Tags.") for key in fields)
    return Limits(fields.get("Policy", ""), managed, tagged=tagged)


def _require(role_arn: str, asker: Asker, who: str) -> None:
    denied = RefusalError(
        "AccessDenied", f"{who} is not authorized to perform: {asker.action} on {role_arn}"
    )
    iam = iam_backends[ACCOUNT_ID][PARTITION]
    role = next((role for role in iam.roles.values() if role.arn == role_arn), None)
    if role is None:
        raise denied
    document = role.assume_role_policy_document
    try:
        allowed = trusts(urllib.parse.unquote(document), asker)
    except UnknownError as error:
        raise RefusalError("AccessDenied", f"{denied.message}: {error}") from error
    if not allowed:
        raise denied


def _pod(cluster: str, claims: Mapping[str, Any]) -> WebIdentity:
    # https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#bound-service-account-tokens
    bound = claims.get("kubernetes.io") or {}
    pod: Mapping[str, str] = bound.get("pod") or {}
    account = str(claims["sub"]).removeprefix("system:serviceaccount:").replace(":", "/")
    return WebIdentity(cluster, account, pod.get("name", ""), pod.get("uid", ""))


def _unverified_issuer(token: str) -> str:
    try:
        claims = json.loads(extract_compact(token.encode()).payload)
        return str(claims["iss"])
    except (JoseError, ValueError, KeyError) as error:
        raise RefusalError("InvalidIdentityToken", f"the token cannot be read: {error}") from error


def _error(refusal: RefusalError) -> bytes:
    return (
        '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error>'
        f"<Type>Sender</Type><Code>{refusal.code}</Code>"
        f"<Message>{escape(refusal.message)}</Message></Error>"
        "<RequestId>local</RequestId></ErrorResponse>"
    ).encode()
