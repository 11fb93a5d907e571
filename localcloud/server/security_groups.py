"""What moto's security group rules leave out: the description of a rule for another group."""

from moto.ec2.models.security_groups import SecurityGroupRule


def install() -> None:
    """Replaces the property; once per process."""
    SecurityGroupRule.description = property(_description)  # pyright: ignore[reportAttributeAccessIssue]


def _description(rule: SecurityGroupRule) -> str | None:
    # A changed description is kept in `ip_range`, whatever the source is.
    return rule.ip_range.get("Description") or rule.source_group.get("Description")
