"""What differs between what is wanted and what GitHub has, and how to set it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from development.protection import api, wanted
from development.protection.api import GitHub, Kind
from development.protection.wanted import Json
from development.web_api import ApiError

_ANY = "every branch and tag"
BYPASS = "administrators may go past its reviewers"
"""A note: no documented call sets that."""

Ids: TypeAlias = Mapping[str, tuple[Kind, int]]
"""Kind and id of each reviewer, by ``@NAME``."""


@dataclass(frozen=True)
class Step:
    """A call that brings GitHub closer to what is wanted; one of the four."""

    environment: str = ""
    put: Json | None = None
    add: tuple[str, str] | None = None
    remove: int | None = None
    ruleset: int | None = None


@dataclass(frozen=True)
class Part:
    """An environment or a ruleset.

    Attributes:
        name: for people, for example ``environment blue``.
        differences: what would change, in words; empty if it is as it should be.
        steps: calls that set it.
        notes: what this command does not set and somebody should know.
    """

    name: str
    differences: Sequence[str]
    steps: Sequence[Step] = ()
    notes: Sequence[str] = field(default_factory=tuple[str, ...])


def plan(there: GitHub, want: wanted.Wanted) -> Sequence[Part]:
    """Looks at GitHub and compares; changes nothing.

    Raises:
        ApiError: GitHub refused, a reviewer does not exist, or the token is no
            administrator's.
    """
    if not there.is_administrator():
        raise ApiError("the token is not of an administrator of the repository")
    ids = _reviewers(there, want)
    found = {it.name.lower(): it for it in there.environments()}
    parts = [
        _environment(there, name, it, found.get(name.lower()), ids)
        for name, it in want.environments.items()
    ]
    others = sorted(found.keys() - {it.lower() for it in want.environments})
    unknown = f"not in {wanted.ENVIRONMENTS}: left as it is"
    parts += [Part(f"environment {found[it].name}", (), notes=(unknown,)) for it in others]
    listed = {it.name: it for it in there.rulesets()}
    return [*parts, *(_ruleset(there, it, listed.get(it.name)) for it in want.rulesets)]


def apply(there: GitHub, parts: Sequence[Part]) -> None:
    """Makes the calls of a plan. Raises ApiError; run again, it goes on."""
    for step in (step for part in parts for step in part.steps):
        if step.add is not None:
            there.add_ref(step.environment, *step.add)
        elif step.remove is not None:
            there.remove_ref(step.environment, step.remove)
        elif step.environment and step.put is not None:
            there.put_environment(step.environment, step.put)
        elif step.put is not None:
            there.put_ruleset(step.ruleset, step.put)


def _reviewers(there: GitHub, want: wanted.Wanted) -> Ids:
    names = dict.fromkeys(name for it in want.environments.values() for name in it.reviewers)
    found = {name: there.reviewer(name) for name in names}
    lacking = [name for name, it in found.items() if it is None]
    if lacking:
        raise ApiError(
            f"{wanted.ENVIRONMENTS}: GitHub knows no {', no '.join(lacking)}, or the token may not"
            " see them (teams: Members, read). Put your own reviewers there"
        )
    return {name: it for name, it in found.items() if it is not None}


def _environment(
    there: GitHub, name: str, want: wanted.Environment, has: api.Environment | None, ids: Ids
) -> Part:
    title, notes = f"environment {name}", _bypass(has) if want.reviewers else ()
    if has is None:
        added = [Step(name, add=it) for it in sorted(want.refs)]
        steps = [Step(name, put=_body(want, None, ids)), *added]
        return Part(title, [f"is not there: {_told(want)}"], steps, notes)
    refs = {(it.type, it.name): it.id for it in there.refs(has.name)} if _by_name(has) else {}
    differences = list(_rule_differences(want, has, ids))
    if _from(has, refs) != _refs_told(want.refs):
        differences.append(f"jobs from {_from(has, refs)}: from {_refs_told(want.refs)} instead")
    if not differences:
        return Part(title, (), notes=notes)
    # GitHub tells names apart without their case, and takes policies away with what they are for.
    added = [Step(has.name, add=it) for it in sorted(want.refs - refs.keys())]
    gone = sorted(refs.keys() - want.refs) if want.refs else ()
    removed = [Step(has.name, remove=refs[it]) for it in gone]
    return Part(
        title, differences, [Step(has.name, put=_body(want, has, ids)), *added, *removed], notes
    )


def _by_name(has: api.Environment) -> bool:
    policy = has.deployment_branch_policy
    return policy is not None and policy.custom_branch_policies


def _bypass(has: api.Environment | None) -> tuple[str, ...]:
    if has is not None and has.can_admins_bypass is False:
        return ()
    return (BYPASS,)


def _rule_differences(want: wanted.Environment, has: api.Environment, ids: Ids) -> Iterator[str]:
    rule = _reviewing(has)
    there = {(it.type, it.reviewer.id): _named(it) for it in rule.reviewers}
    asked = {ids[name]: name for name in want.reviewers}
    if there.keys() != asked.keys():
        before, after = (", ".join(sorted(it.values())) or "nobody" for it in (there, asked))
        yield f"reviewers {before}: {after} instead"
    if want.reviewers and there and not rule.prevent_self_review:
        yield "reviewers may approve runs of their own: no longer"


def _reviewing(has: api.Environment) -> api.Rule:
    empty = api.Rule(type="required_reviewers")
    return next((it for it in has.protection_rules if it.type == empty.type), empty)


def _named(reviewer: api.Reviewer) -> str:
    who = reviewer.reviewer
    return f"@{who.login}" if reviewer.type == "User" else f"team {who.slug}"


def _from(has: api.Environment, refs: Mapping[tuple[str, str], int]) -> str:
    if has.deployment_branch_policy is None:
        return _ANY
    return _refs_told(frozenset(refs)) if _by_name(has) else "protected branches"


def _refs_told(refs: frozenset[tuple[str, str]]) -> str:
    return ", ".join(f"{kind} {name}" for kind, name in sorted(refs)) or _ANY


def _told(want: wanted.Environment) -> str:
    who = ", ".join(want.reviewers)
    waits = f"waits for {who}, never for who started it" if who else "waits for nobody"
    return f"{waits}; jobs from {_refs_told(want.refs)}"


def _body(want: wanted.Environment, has: api.Environment | None, ids: Ids) -> Json:
    """https://docs.github.com/en/rest/deployments/environments#create-or-update-an-environment.

    The call sets everything: what is not given is taken away, so a timer of before goes along.
    """
    timers = [it.wait_timer for it in has.protection_rules] if has is not None else []
    named = {"protected_branches": False, "custom_branch_policies": True}
    return {
        "wait_timer": max(timers, default=0),
        "prevent_self_review": bool(want.reviewers),
        "reviewers": [
            {"type": kind, "id": number} for kind, number in (ids[it] for it in want.reviewers)
        ],
        "deployment_branch_policy": {**named} if want.refs else None,
    }


def _ruleset(there: GitHub, want: wanted.Ruleset, listed: api.Listed | None) -> Part:
    title = f"ruleset {want.name}"
    body = want.model_dump(mode="json")
    if listed is None:
        kinds = ", ".join(str(it["type"]) for it in want.rules)
        return Part(title, [f"is not there: {kinds}"], [Step(put=body)])
    has = there.ruleset(listed.id)
    differences = list(_ruleset_differences(want, has, listed))
    if not differences:
        return Part(title, ())
    # Rules of GitHub that the file does not name are somebody's: they stay.
    others = [it for it in has.rules if not any(it["type"] == one["type"] for one in want.rules)]
    merged: Json = {**body, "rules": [*(_merged(it, has) for it in want.rules), *others]}
    return Part(title, differences, [Step(put=merged, ruleset=listed.id)])


def _ruleset_differences(
    want: wanted.Ruleset, has: api.Ruleset, listed: api.Listed
) -> Iterator[str]:
    if listed.target != want.target:
        raise ApiError(
            f"ruleset {want.name} is about a {listed.target}, and the file's about a"
            f" {want.target}: rename one of them"
        )
    if has.bypass_actors is None:
        raise ApiError(f"GitHub does not tell who may bypass the ruleset {want.name}")
    if has.enforcement != want.enforcement:
        yield f"{has.enforcement}: {want.enforcement} instead"
    if has.bypass_actors != want.bypass_actors:
        who = len(has.bypass_actors)
        yield f"{who} may bypass it: {len(want.bypass_actors)} of the file instead"
    if has.conditions != want.conditions:
        yield f"for {has.conditions}: for {want.conditions} instead"
    for rule in want.rules:
        found = _of_type(rule, has)
        if found is None:
            yield f"rule {rule['type']}: added"
            continue
        before = _parameters(found)
        for name, value in _parameters(rule).items():
            if before.get(name) != value:
                yield f"rule {rule['type']}: {name} {before.get(name)}: {value} instead"


def _of_type(rule: Json, has: api.Ruleset) -> Json | None:
    return next((it for it in has.rules if it["type"] == rule["type"]), None)


def _parameters(rule: Json) -> Json:
    found = rule.get("parameters")
    return found if isinstance(found, dict) else {}


def _merged(rule: Json, has: api.Ruleset) -> Json:
    """A rule with the parameters that GitHub has besides: an answer names them all."""
    found = _of_type(rule, has)
    both = {**(_parameters(found) if found else {}), **_parameters(rule)}
    return {**rule, "parameters": both} if both else rule
