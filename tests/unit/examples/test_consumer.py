"""The consumer's program, without an engine: what it makes on which colours."""

import json
import runpy
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.unit.contract.example import SHARED, cluster, colour
from tests.unit.pulumi_harness import Checks, Ran, run

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = ROOT / "examples" / "consumer"
PROVIDER = "pulumi:providers:kubernetes"
HPA = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"
INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"
SECRET = "kubernetes:external-secrets.io/v1:ExternalSecret"
ROLE = "aws:iam/role:Role"
BOTH = {"shared": SHARED, "blue": colour("blue"), "green": colour("green")}


@pytest.fixture(autouse=True)
def _own_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    """The program's modules are found beside it, as the language host has it."""
    monkeypatch.syspath_prepend(str(PROGRAM))


def up(stacks: Mapping[str, Mapping[str, Any]] = BOTH, **config: str) -> Ran:
    def program(_: Checks) -> None:
        runpy.run_path(str(PROGRAM / "__main__.py"), run_name="__main__")

    return run(
        program,
        stack="prod",
        stacks={f"organization/eks-platform/{name}": it for name, it in stacks.items()},
        # The harness calls every project by the platform's name.
        config={f"eks-platform:{key}": value for key, value in config.items()},
    )


def colours(ran: Ran, kind: str) -> set[str]:
    """Colours on which there is a resource of a kind."""
    return {it.provider.rsplit("::", 2)[-2] for it in ran.of_type(kind)}


@pytest.mark.parametrize("kind", [HPA, INGRESS, SECRET, "kubernetes:apps/v1:Deployment"])
def test_everything_is_on_every_colour_that_stands(kind: str) -> None:
    assert colours(up(), kind) == {"blue", "green"}
    one = {**BOTH, "shared": SHARED | {"colours": ["green"], "activeColour": "green"}}
    assert colours(up(one), kind) == {"green"}


def test_nothing_but_the_outputs_depends_on_which_colour_is_active() -> None:
    def inputs(ran: Ran) -> dict[str, object]:
        kept = [it for it in ran.resources if not it.read]
        return {it.urn: it.inputs for it in kept}

    green = SHARED | {"activeColour": "green"}
    none = {key: value for key, value in SHARED.items() if key not in ("activeColour", "api")}
    ran = up()
    assert inputs(ran) == inputs(up({**BOTH, "shared": green}))
    assert inputs(ran) == inputs(up({**BOTH, "shared": none}))
    assert ran.exports["active"] == "blue"
    assert ran.exports["public"] == "http://shop.devinfra.fr"
    assert "active" not in up({**BOTH, "shared": none}).exports


def test_its_role_is_one_for_both_colours_and_reads_its_own_parameters_only() -> None:
    ran = up()
    trust = json.loads(ran.only(ROLE).inputs["assumeRolePolicy"])["Statement"]
    trusted = [it["Principal"]["Federated"] for it in trust]
    assert trusted == [cluster(name).oidc_provider_arn for name in ("blue", "green")]
    policy = json.loads(ran.only("aws:iam/rolePolicy:RolePolicy").inputs["policy"])
    (statement,) = policy["Statement"]
    assert statement["Resource"] == "arn:aws:ssm:eu-west-1:123456789012:parameter/shop/*"


def test_it_has_a_public_and_a_private_name() -> None:
    annotations = [it.inputs["metadata"]["annotations"] for it in up().of_type(INGRESS)]
    found = [
        (it.get("PublicDNSName"), it.get("PrivateDNSName"), it["alb.ingress.kubernetes.io/scheme"])
        for it in annotations
    ]
    assert sorted(found, key=str) == sorted(
        [("shop", None, "internet-facing"), (None, "shop", "internal")] * 2, key=str
    )


def test_it_takes_requests_for_its_name_of_the_colour_and_for_the_live_one() -> None:
    def hosts(ran: Ran) -> list[list[str]]:
        specs = [it.inputs["spec"] for it in ran.of_type(INGRESS)]
        assert all("defaultBackend" not in spec for spec in specs)
        return sorted([rule["host"] for rule in spec["rules"]] for spec in specs)

    assert hosts(up()) == [
        ["shop.eks-blue.devinfra.fr", "shop.devinfra.fr"],
        ["shop.eks-blue.devinfra.local", "shop.devinfra.local"],
        ["shop.eks-green.devinfra.fr", "shop.devinfra.fr"],
        ["shop.eks-green.devinfra.local", "shop.devinfra.local"],
    ]


@pytest.mark.parametrize("role", ["admin", "readwrite"])
def test_it_takes_the_human_role_of_its_settings_on(role: str) -> None:
    for provider in up(platformRole=role).of_type(PROVIDER):
        config = json.loads(provider.inputs["kubeconfig"])
        assert config["current-context"].endswith(f"-{role}")
        assert config["users"][0]["user"]["exec"]["args"][-1] == SHARED["humanRoles"][role]
        assert provider.inputs["deleteUnreachable"] in (True, "true")


def test_it_pins_what_the_platform_pins() -> None:
    own = tomllib.loads((PROGRAM / "pyproject.toml").read_text())["project"]["dependencies"]
    platforms = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    assert set(own) <= set(platforms)
