"""All rules, one module for each theme."""

from collections.abc import Mapping, Sequence

from guardrails.rule import AnyRule
from guardrails.rules import (
    admission,
    control_plane,
    dns,
    encryption,
    identity,
    logs,
    network,
    nodes,
    rbac,
    tags,
    trust,
    versions,
    workloads,
)

THEMES: Mapping[str, Sequence[AnyRule]] = {
    "Control plane": control_plane.RULES,
    "Nodes": nodes.RULES,
    "Encryption": encryption.RULES,
    "Logs": logs.RULES,
    "Permissions": identity.RULES,
    "Trust": trust.RULES,
    "Network": network.RULES,
    "Names": dns.RULES,
    "Workloads": workloads.RULES,
    "Admission and RBAC": (*admission.RULES, *rbac.RULES),
    "Versions": versions.RULES,
    "Tags": tags.RULES,
}
"""The rules by theme, in the order of the documentation."""

RULES: tuple[AnyRule, ...] = tuple(rule for rules in THEMES.values() for rule in rules)
"""All of them, in the same order."""
