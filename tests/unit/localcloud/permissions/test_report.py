"""What people see of denials and of what roles did."""

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from localcloud import permissions_report
from localcloud.permissions import Denial, Lacking, RoleUse, Unused
from localcloud.state import RunningCloud

ROLE = "arn:aws:iam::123456789012:role/eks-blue-external-dns-public"
REASON = "because no identity-based policy allows the route53:GetHostedZone action"
DENIAL = Denial(
    time=datetime(2026, 11, 29, 12, 30, 15, tzinfo=UTC),
    caller="arn:aws:sts::123456789012:assumed-role/eks-blue-external-dns-public/pod",
    role=ROLE,
    action="route53:GetHostedZone",
    resource="arn:aws:route53:::hostedzone/Z1",
    reason=REASON,
    decided_by="no statement allows",
)


def printed(log: Path) -> str:
    shown = StringIO()
    permissions_report.print_denials(log, Console(file=shown, width=140))
    return shown.getvalue()


def test_no_denial_is_said(tmp_path: Path) -> None:
    assert printed(tmp_path / "none.jsonl") == "No call was denied.\n"


def test_the_last_denials_are_shown_and_all_are_counted(tmp_path: Path) -> None:
    log = tmp_path / "denied.jsonl"
    other = {"resource": "", "action": "ec2:RunInstances", "reason": "because of that"}
    unknown = DENIAL.model_copy(update=other)
    lines = [*[DENIAL.model_dump_json()] * 7, unknown.model_dump_json()]
    log.write_text("\n".join(lines) + '\n{"time": ')  # the last one is on its way
    said = printed(log)
    assert "Denied: 8 calls, the last 5" in said
    assert said.count("route53:GetHostedZone") == 4
    for text in (
        "12:30:15",
        "eks-blue-external-dns-public",
        "arn:aws:route53:::hostedzone/Z1",
        "no identity-based policy allows it",
        "ec2:RunInstances",
        "unknown",
    ):
        assert text in said
    log.write_text(DENIAL.model_dump_json() + "\n")
    assert "Denied: 1 call" in printed(log)


def test_an_arn_is_shown_as_it_is(tmp_path: Path) -> None:
    log = tmp_path / "denied.jsonl"
    arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:it[bold]-aB1"
    log.write_text(DENIAL.model_copy(update={"resource": arn}).model_dump_json() + "\n")
    shown = StringIO()
    permissions_report.print_denials(log, Console(file=shown, width=240))
    assert arn in shown.getvalue()


def test_what_roles_did(monkeypatch: pytest.MonkeyPatch) -> None:
    busy = RoleUse(
        role=ROLE,
        called={"route53:ListHostedZones": 3},
        lacking=[
            Lacking(action="route53:GetHostedZone", resource="", reason=REASON, calls=2),
        ],
        unused=[
            Unused(statement="permissions/Read", action="ec2:Describe*"),
            Unused(statement="permissions/Read", action="eks:List*"),
        ],
    )
    idle = RoleUse(role=f"{ROLE}-2", called={}, lacking=[], unused=busy.unused)
    monkeypatch.setattr(permissions_report, "uses", lambda _: (busy, idle))
    shown = StringIO()
    cloud = RunningCloud(pid=1, aws_port=1, dns_port=1, proxy_port=1, balancer_port=1)
    permissions_report.print_uses(cloud, Console(file=shown, width=140))
    assert shown.getvalue().splitlines() == [
        "eks-blue-external-dns-public",
        "  called      route53:ListHostedZones 3",
        f"  lacked      route53:GetHostedZone on an unknown resource {REASON} (2)",
        "  never used  permissions/Read: ec2:Describe*, eks:List*",
        "Roles that called nothing",
        "  2 granted   eks-blue-external-dns-public-2",
    ]
