"""WSGI middleware that denies a role's session what its policies do not allow."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from localcloud.aws import OWN_KEY
from localcloud.server.errors import denial, is_in_json
from localcloud.server.identity import access_key_of, web_identity_of
from localcloud.server.operations import action_of, read_body, service_of
from localcloud.server.permissions import account, call, needs, sessions
from localcloud.server.permissions.evaluator import (
    NOTHING,
    Attached,
    Grant,
    Need,
    Policies,
    Verdict,
    decide,
)
from localcloud.server.permissions.patterns import UnknownError
from localcloud.server.permissions.policy import parse
from localcloud.server.permissions.record import Record
from localcloud.server.permissions.sessions import Session
from localcloud.state import ACCOUNT_ID

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_ACCOUNT = (f"arn:aws:iam::{ACCOUNT_ID}:root", ACCOUNT_ID)
_DECIDING = ("kms", "iam")
"""Services whose policies on resources let nobody in whom they do not name."""


class Enforcement:
    """Before all services. Users and the local cloud itself pass; sessions of roles are judged."""

    def __init__(self, app: "WSGIApplication", record: Record) -> None:
        self._app = app
        self._record = record

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Serves one request, or denies it."""
        key = access_key_of(environ.get("HTTP_AUTHORIZATION", ""))
        session = sessions.find(key) if key and key != OWN_KEY else None
        if session is None:
            return self._app(environ, start_response)
        body = read_body(environ)
        found = self._denial(session, environ, body)
        if found is None:
            return self._app(environ, start_response)
        need, verdict = found
        self._record.deny(session, need, verdict, web_identity_of(key))
        service = service_of(environ)
        return denial(service, _sentence(session, need, verdict)).answer(
            service, start_response, in_json=is_in_json(environ)
        )

    def _denial(
        self, session: Session, environ: "WSGIEnvironment", body: bytes
    ) -> tuple[Need, Verdict] | None:
        """The first permission that is lacking, or None."""
        try:
            wanted = needs.needed_permissions(call.read(environ, body), session)
            policies = session.policies()
        except (UnknownError, KeyError) as error:
            action = f"{service_of(environ)}:{action_of(environ, body)}"
            verdict = Verdict(allowed=False, reason=_unknown(error), decided_by=NOTHING)
            return Need(action, None, lambda _: None), verdict
        self._record.remember(session.role_arn, policies.identity)
        grants: list[Grant] = []
        for need in wanted:
            verdict = _verdict(session, policies, need)
            if not verdict.allowed:
                return need, verdict
            grants += verdict.grants
        if wanted:
            self._record.allow(session, wanted, grants)
        return None


def _unknown(error: UnknownError | KeyError) -> str:
    if isinstance(error, KeyError):
        return f"because the local cloud cannot tell its resource: the call lacks {error}"
    return f"because {error}"


def _verdict(session: Session, policies: Policies, need: Need) -> Verdict:
    try:
        attached = _attached(session, need)
    except UnknownError as error:
        return Verdict(allowed=False, reason=f"because {error}", decided_by=NOTHING)
    return decide(policies, need, attached)


def _attached(session: Session, need: Need) -> Attached | None:
    """The policy on the resource, if it has one that is about such a call."""
    service = need.action.partition(":")[0]
    if need.resource is None or need.resource.count(":") < 5:  # noqa: PLR2004 - parts of an ARN
        return None
    kind = need.resource.split(":")[2]
    if service != ("sts" if kind == "iam" else kind):
        return None
    document = account.policy_on(need.resource)
    if document is None:
        return None
    return Attached(
        statements=parse(need.resource, document),
        names=(session.principal.arn, session.role_arn),
        account=_ACCOUNT,
        decides=kind in _DECIDING,
    )


def _sentence(session: Session, need: Need, verdict: Verdict) -> str:
    return (
        f"User: {session.principal.arn} is not authorized to perform: {need.action} "
        f"on resource: {need.resource or 'unknown'} {verdict.reason}"
    )
