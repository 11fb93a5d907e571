"""All rules, one module for each theme."""

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
    tags,
    trust,
    versions,
    workloads,
)

RULES: tuple[AnyRule, ...] = (
    *control_plane.RULES,
    *nodes.RULES,
    *encryption.RULES,
    *logs.RULES,
    *identity.RULES,
    *trust.RULES,
    *network.RULES,
    *dns.RULES,
    *workloads.RULES,
    *admission.RULES,
    *versions.RULES,
    *tags.RULES,
)
"""In the order of the documentation."""
