"""What the program makes that the linters judge, found by running it without an engine."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from development.docsite.registration import run_colour, run_shared
from tests.unit.pulumi_harness import Plain, Registered

_ACCOUNT = "123456789012"
_CI: Mapping[str, Plain] = {
    "upPolicies": [f"arn:aws:iam::{_ACCOUNT}:policy/platform-up"],
    "stateBucket": "acme-state",
    "stateKey": f"arn:aws:kms:eu-west-1:{_ACCOUNT}:key/12345678-90ab-cdef-1234-567890abcdef",
}
_GITHUB = {**_CI, "github": {"repository": "acme/platform"}}
_GITLAB = {**_CI, "gitlab": {"project": "acme/platform"}}
_CHART = "kubernetes:helm.sh/v3:Release"


@dataclass(frozen=True)
class Policy:
    """An IAM policy.

    Attributes:
        where: its resource and property, for example ``rolePolicy fluentd policy``.
        document: the policy.
        trust: whether it says who takes a role on, not what is allowed.
        identity: whether it is one of a role, so that no principal stands in it.
    """

    where: str
    document: Mapping[str, Plain]
    trust: bool
    identity: bool


@cache
def resources() -> Sequence[Registered]:
    """All that the shipped stacks make, with pipelines on both forges and all options on."""
    runs = (
        run_shared("blue", ci=_GITHUB, bastion=True, dashboard=True),
        run_shared("blue", ci=_GITLAB),
        run_colour(
            "blue",
            access={"debugNamespaces": ["shop"]},
            isolateNamespaces=True,
            monitoring={},
            keda={"queues": ["orders"], "cloudwatch": True},
        ),
    )
    return [it for ran in runs for it in ran.resources if not it.read]


def policies() -> Iterator[Policy]:
    """Every policy document among them: a role's own, its trust, a queue's, and any other."""
    for made in resources():
        for key, value in made.inputs.items():
            if isinstance(value, str) and '"Statement"' in value:
                kind = made.type.rpartition(":")[2]
                yield Policy(
                    where=f"{kind[0].lower()}{kind[1:]} {made.name} {key}",
                    document=json.loads(value),
                    trust=key == "assumeRolePolicy",
                    identity=made.type.startswith("aws:iam/") and key == "policy",
                )


def objects() -> Iterator[Mapping[str, Plain]]:
    """Every Kubernetes object among them, as its manifest. What charts make is not seen."""
    for made in resources():
        if made.type.startswith("kubernetes:") and made.type != _CHART:
            yield {key: _whole(value) for key, value in made.inputs.items()}


def _whole(value: Plain) -> Plain:
    """Whole numbers as such: the engine's protocol knows floating ones alone."""
    if isinstance(value, Mapping):
        return {key: _whole(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_whole(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
