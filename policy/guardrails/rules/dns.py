"""Names: zones, the records of the active colour, and who writes names."""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from guardrails.kubernetes import DEPLOYMENT, containers, image_name
from guardrails.node import Node
from guardrails.rule import READ, Fault, Rule, Seen, Stack, StackRule

COLOURS = ("blue", "green")
_RECORD = "aws:route53/record:Record"
_ZONE = "aws:route53/zone:Zone"
_WRITER = "external-dns"
_COLOUR = re.compile(r"\b(?:blue|green)\b")


def _writers(resource: Seen) -> Iterable[Node]:
    """Containers that run ExternalDNS."""
    return [c for c in containers(resource) if _is_writer(c)]


def _is_writer(container: Node) -> bool:
    return image_name(container) == _WRITER


def _argument(container: Node, name: str) -> str:
    for argument in container["args"].texts():
        if argument.startswith(f"--{name}="):
            return argument.partition("=")[2]
    return ""


def _upsert_only(part: Node, _: Seen) -> Iterator[str]:
    policy = _argument(part, "policy")
    if policy != "upsert-only":
        yield f"--policy is {policy or 'not set, which means sync'}"


def _owner(part: Node, resource: Seen) -> Iterator[str]:
    owner = _argument(part, "txt-owner-id")
    live = resource.kubernetes_name.rpartition("/")[2].startswith("live-")
    named = set(_COLOUR.findall(owner))
    if not owner:
        yield "--txt-owner-id is not set"
    elif live and named:
        yield f"the live writer's owner id {owner} names a colour"
    elif not live and named != {resource.stack}:
        yield f"the owner id {owner} does not name {resource.stack}"


def _one_zone(part: Node, _: Seen) -> Iterator[str]:
    if not _argument(part, "zone-id-filter"):
        yield "--zone-id-filter is not set"
    if not (_argument(part, "domain-filter") or _argument(part, "regex-domain-filter")):
        yield "neither --domain-filter nor --regex-domain-filter is set"


def _recreate(part: Node, resource: Seen) -> Iterator[str]:
    if not _writers(resource):
        return
    strategy = part.at("spec", "strategy", "type").text()
    if strategy != "Recreate":
        yield f"spec.strategy.type is {strategy or 'not set'}"
    if part.at("spec", "replicas").number(default=1) > 1:
        yield f"spec.replicas is {part.at('spec', 'replicas').number()}"


def _is_live(resource: Seen) -> bool:
    return any(
        not _COLOUR.search(_argument(container, "txt-owner-id")) for container in _writers(resource)
    )


def _idle_writers(stack: Stack) -> Iterator[Fault]:
    running = [
        deployment
        for deployment in stack.resources_of(DEPLOYMENT)
        if deployment.props.at("spec", "replicas").number(default=1) and _is_live(deployment)
    ]
    if not running:
        return
    named = stack.output_of("shared", "liveWriter")
    for deployment in running:
        for container in _writers(deployment):
            for message in _beyond(container, named, deployment.stack):
                yield Fault(deployment, message)


def _beyond(container: Node, named: Node, colour: str) -> Iterator[str]:
    """What a live writer writes beyond what the shared stack lets its colour write."""
    active, canary = named["colour"].text(), named["canary"]
    zone = _argument(container, "txt-owner-id").partition(".")[2]
    names = {name for name in canary["names"].texts() if name.endswith(f".{zone}")}
    if colour == active:
        kept_from = _argument(container, "regex-domain-exclusion")
        taken = sorted(name for name in names if not _matches(kept_from, name))
        if taken:
            yield f"it writes the canary's {', '.join(taken)}"
    elif colour == canary["colour"].text():
        chosen = _chosen(_argument(container, "regex-domain-filter"))
        if chosen is None or not chosen <= names:
            yield "it writes more than the canary's names"
    else:
        yield f"it runs, and liveWriter of the shared stack names {active or 'nobody'}"


def _matches(pattern: str, name: str) -> bool:
    return bool(pattern) and re.search(pattern, name) is not None


def _chosen(pattern: str) -> set[str] | None:
    """Names that a pattern of nothing but whole names lists; None for any other pattern."""
    listed = re.fullmatch(r"\^\(((?:[a-z0-9_-]|\\\.|\|)+)\)\$", pattern)
    return set(listed[1].replace("\\.", ".").split("|")) if listed else None


def _unprotected(part: Node, resource: Seen) -> Iterator[str]:
    if not resource.protect:
        yield f"zone {part['name'].text() or resource.name} is not protected"


def _destroyable(part: Node, _: Seen) -> Iterator[str]:
    if part["forceDestroy"].flag(default=False):
        yield "forceDestroy is true"


def _api_records(stack: Stack) -> Iterator[Fault]:
    """Both records must be of one cluster that a colour's stack exports."""
    cname = _record(stack, "CNAME", "api.")
    txt = _record(stack, "TXT", "eks.")
    if cname is None or txt is None:
        one = cname or txt
        if one is not None:
            yield Fault(one, "the other of the two API records is missing")
        return
    said = [value.strip('"') for value in txt.props["records"].texts()]
    for cluster in (
        read.props["cluster"] for read in stack.resources_of(READ) if read.name in COLOURS
    ):
        name, host = cluster["name"].text(), urlsplit(cluster["endpoint"].text()).hostname
        if name and (said == [name]) != (cname.props["records"].texts() == [host]):
            yield Fault(cname, f"one record is of {name}, and the other is not")


def _record(stack: Stack, kind: str, prefix: str) -> Seen | None:
    for record in stack.resources_of(_RECORD):
        name = record.props["name"].text()
        if record.props["type"].text() == kind and name.startswith(prefix):
            return record
    return None


RULES = (
    Rule(
        name="dns-writer-never-deletes",
        says="Every ExternalDNS runs with --policy=upsert-only.",
        reason="While an application moves between the colours, its name must stay.",
        remedy="Add --policy=upsert-only",
        severity="critical",
        types=(DEPLOYMENT,),
        parts=_writers,
        check=_upsert_only,
    ),
    Rule(
        name="dns-writer-owner",
        says="A live writer's owner id names no colour; a cluster's own writer's names its own.",
        reason="Records whose owner names a colour cannot be taken over by the other.",
        remedy="Use the owner id of handover/writers.py",
        severity="critical",
        types=(DEPLOYMENT,),
        parts=_writers,
        check=_owner,
    ),
    Rule(
        name="dns-writer-one-zone",
        says="Every ExternalDNS writes one zone.",
        reason="Without a filter it writes whatever zone its role can reach.",
        remedy="Add --zone-id-filter, and --domain-filter or --regex-domain-filter",
        types=(DEPLOYMENT,),
        parts=_writers,
        check=_one_zone,
    ),
    Rule(
        name="dns-writer-alone",
        says="An ExternalDNS has one pod at most, also during an update of its Deployment.",
        reason="Two pods of one owner id write against each other.",
        remedy="Set spec.strategy.type to Recreate and spec.replicas to 0 or 1",
        severity="critical",
        types=(DEPLOYMENT,),
        check=_recreate,
    ),
    StackRule(
        name="no-live-writer-on-idle-colour",
        says="A colour's live DNS writers write what the shared stack lets it write: the active"
        " colour all names but a canary's, the canary's colour those alone, any other none.",
        reason="Two live writers of one zone move production names back and forth.",
        remedy="Update the shared stack first; it names a writer once the other has stopped",
        severity="critical",
        check=_idle_writers,
    ),
    StackRule(
        name="api-records-agree",
        says="The API CNAME and the TXT record name the same cluster.",
        reason="Else people get a token for one cluster and talk to the other.",
        remedy="Make both through ApiRecords",
        severity="critical",
        check=_api_records,
    ),
    Rule(
        name="zones-protected",
        says="Hosted zones are protected.",
        reason="A zone made anew gets other name servers, and is dead until its parent knows them.",
        remedy="Set the resource option protect",
        severity="critical",
        types=(_ZONE,),
        check=_unprotected,
    ),
    Rule(
        name="zones-not-emptied",
        says="A hosted zone is not emptied to be deleted.",
        reason="Its records are other teams' names.",
        remedy="Leave forceDestroy off",
        types=(_ZONE,),
        check=_destroyable,
    ),
)
