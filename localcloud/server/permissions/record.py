"""Keeps what roles did and could not do: a log of denials, and counts by role."""

import threading
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from localcloud.permissions import Denial, Lacking, RoleUse, Unused
from localcloud.server.identity import WebIdentity
from localcloud.server.permissions import account
from localcloud.server.permissions.evaluator import Grant, Need, Verdict
from localcloud.server.permissions.patterns import UnknownError
from localcloud.server.permissions.policy import Statement
from localcloud.server.permissions.sessions import Session, statements_of


class Record:
    """Of one local cloud; safe for many threads."""

    def __init__(self, denials: Path) -> None:
        self._path = denials
        self._lock = threading.Lock()
        self._called: dict[str, Counter[str]] = {}
        self._lacking: dict[str, Counter[tuple[str, str, str]]] = {}
        self._used: dict[str, set[tuple[str, str]]] = {}
        self._granted: dict[str, Sequence[Statement]] = {}

    def allow(self, session: Session, needs: Sequence[Need], grants: Sequence[Grant]) -> None:
        """Counts an allowed call: the first of its permissions, and all that granted them."""
        with self._lock:
            self._called.setdefault(session.role_arn, Counter())[needs[0].action] += 1
            used = self._used.setdefault(session.role_arn, set())
            used |= {(grant.statement.label, grant.pattern) for grant in grants}

    def deny(self, session: Session, need: Need, verdict: Verdict, pod: WebIdentity | None) -> None:
        """Counts and logs a denied call."""
        denial = Denial(
            time=datetime.now(UTC),
            caller=session.principal.arn,
            role=session.role_arn,
            action=need.action,
            resource=need.resource or "",
            reason=verdict.reason,
            decided_by=verdict.decided_by,
            workload=pod.as_json() if pod else {},
        )
        with self._lock:
            lacking = self._lacking.setdefault(session.role_arn, Counter())
            lacking[denial.action, denial.resource, denial.reason] += 1
            with self._path.open("a") as file:
                file.write(denial.model_dump_json() + "\n")

    def remember(self, role_arn: str, statements: Sequence[Statement]) -> None:
        """Keeps what a role may do, for when it is gone."""
        with self._lock:
            self._granted[role_arn] = statements

    def report(self) -> Sequence[RoleUse]:
        """What each role did, by ARN."""
        for role in list(account.iam().roles.values()):
            try:
                self.remember(role.arn, statements_of(role.arn))
            except UnknownError:
                continue  # its calls are denied, and say why
        with self._lock:
            roles = sorted({*self._called, *self._lacking, *self._granted})
            return [self._role_use(role) for role in roles]

    def _role_use(self, role: str) -> RoleUse:
        used = self._used.get(role, set())
        lacking = self._lacking.get(role, Counter())
        return RoleUse(
            role=role,
            called=dict(sorted(self._called.get(role, Counter()).items())),
            lacking=[
                Lacking(action=action, resource=resource, reason=reason, calls=calls)
                for (action, resource, reason), calls in sorted(lacking.items())
            ],
            unused=[
                Unused(statement=it.label, action=pattern)
                for it in self._granted.get(role, ())
                if it.allows
                for pattern in it.actions
                if (it.label, pattern) not in used
            ],
        )
