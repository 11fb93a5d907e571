"""What is refused of an object that asks for names, and the sentence that says so.

docs/names.md shows the sentences; a test asks an API server for them.
"""

from collections.abc import Iterator, Mapping, Sequence

from components.addons.external_dns.name_policy.cel import MOST_NAMES, Rule, literals, names, split
from handover.name_annotation import (
    ANNOTATIONS,
    MAX_FIRST_LABEL,
    MAX_LABEL,
    PREFIX,
    RELATIVE_NAME,
    Visibility,
    longest_relative,
)
from handover.writers import Writer, Zone
from settings.names import COLOURS, cluster_name

HEALTH = "aws-evaluate-target-health"
"""The one annotation for AWS, below `PREFIX`, that leaves a record a simple one."""

_UNSUPPORTED = tuple(PREFIX + name for name in ("set-identifier", "alias", "record-type"))

_OWN_DOMAINS = tuple(cluster_name(colour) for colour in COLOURS)

_BELOW_OWN = tuple(f".{own}" for own in _OWN_DOMAINS)

_SHOWN_DOMAINS = 10

_RECORD = "heritage=external-dns,external-dns/owner={},external-dns/resource=ingress/"
"""What ExternalDNS writes beside a name, of whoever owns it; behind it the object's namespace and
name. ``service/`` is as long."""

_MAX_RECORD = 255
"""Characters of a string of a TXT record; ExternalDNS writes one.
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html#TXTFormat"""


def rules(zones: Mapping[Visibility, Zone]) -> Sequence[Rule]:
    """All rules, in the order in which their sentences are said.

    Args:
        zones: the zone of each annotation.
    """
    whole = tuple(dict.fromkeys(zone.name for zone in zones.values()))
    of_names = [
        rule
        for visibility, zone in zones.items()
        for rule in (
            *_spelling(visibility, zone),
            *_places(visibility, zone, whole),
            _unrecorded(visibility, zone),
        )
    ]
    return (*of_names, _unsupported())


def variables(zones: Mapping[Visibility, Zone]) -> Mapping[str, str]:
    """What the rules read, in CEL by its name.

    Args:
        zones: the zone of each annotation.
    """
    found: dict[str, str] = {}
    for visibility, zone in zones.items():
        asked, spelt = _variables_of(visibility)
        # Nobody looks through a text that is too long.
        right = f"size(it) <= {_longest(zone)} && it.matches(r'^{RELATIVE_NAME}$')"
        found[asked] = names("object", visibility)
        found[spelt] = f"variables.{asked}.filter(it, {right})"
    return found


def _spelling(visibility: Visibility, zone: Zone) -> Iterator[Rule]:
    """Whether the annotation is a list of names."""
    asked, spelt = (f"variables.{it}" for it in _variables_of(visibility))
    longest = _longest(zone)
    yield _rule(
        visibility,
        "Misspelt",
        f"{asked}.filter(it, size(it) <= {longest} && !(it in {spelt}))",
        "cannot be published. Expected: names parted by commas, of lower case letters, digits,"
        f' "-" and "_", with at most {MAX_FIRST_LABEL} of them before the first dot and'
        f' {MAX_LABEL} between two; "*" only before the first dot; such as "shop, *.dev".',
    )
    yield _rule(
        visibility,
        "Encoded",
        f"{spelt}.filter(it, it.matches(r'(^|\\.)xn--'))",
        'cannot be published, as "xn--" stands for letters of other alphabets. Expected: plain'
        ' letters, such as "cafe".',
    )
    yield _rule(
        visibility,
        "TooLong",
        f"{asked}.filter(it, size(it) > {longest})",
        f'cannot be so long. Expected: at most {longest} characters before "{zone.name}", such as'
        ' "shop".',
    )
    earlier = f"{spelt}.transformList(j, other, j < i && other == it, other)"
    yield _rule(
        visibility,
        "Doubled",
        f"{spelt}.transformList(i, it, size({earlier}) == 1, it)",
        'must not be repeated. Expected: each name once, such as "shop, www".',
    )
    yield _rule(
        visibility,
        "TooMany",
        f"size({split('object', visibility)}) > {MOST_NAMES} ? [{asked}[0]] : []",
        f"and more are too many names. Expected: at most {MOST_NAMES} in one annotation, such as"
        ' "shop, www".',
    )


def _places(visibility: Visibility, zone: Zone, whole: Sequence[str]) -> Iterator[Rule]:
    """Whether what the names are completed to is free for applications."""
    _, spelt = _variables_of(visibility)

    def inside(domains: Sequence[str]) -> str:
        same = "it == domain || it.endsWith('.' + domain)"
        return f"variables.{spelt}.filter(it, {literals(domains)}.exists(domain, {same}))"

    yield _rule(
        visibility,
        "Full",
        inside(whole),
        f'must not end with a zone, as "{zone.name}" is added. Expected: what comes before it, such'
        ' as "shop".',
    )
    yield _rule(
        visibility,
        "Coloured",
        inside(_OWN_DOMAINS),
        "must not end with a colour, as each adds its own. Expected: what comes before it, such as"
        ' "shop".',
    )
    delegated = _delegated(zone)
    if delegated:
        yield _rule(
            visibility,
            "Delegated",
            inside(delegated),
            "must not lie where other name servers answer. Expected: a name outside of"
            f' {_some(delegated)}, such as "shop".',
        )


def _unrecorded(visibility: Visibility, zone: Zone) -> Rule:
    """Whether there is room for the object in the record that says whose a name is."""
    longest = _MAX_RECORD - len(_RECORD.format(_longest_owner(visibility, zone)))
    asked, _ = _variables_of(visibility)
    called = "request.namespace + '/' + object.metadata.name"
    return _rule(
        visibility,
        "Unrecorded",
        f"size(variables.{asked}) > 0 && size({called}) > {longest} ? [{called}] : []",
        "does not fit the record that says whose a name is. Expected: namespace and name of the"
        f' object in at most {longest} characters, such as "shop/web".',
    )


def _unsupported() -> Rule:
    """ExternalDNS's annotations that ask for other records than those that change hands."""
    aws = f"it.startsWith('{PREFIX}aws-') && it != '{PREFIX}{HEALTH}'"
    return Rule(
        "unsupported",
        f"object.metadata.annotations.filter(it, it in {literals(_UNSUPPORTED)} || {aws})",
        f"{{}} cannot stand beside {' or '.join(ANNOTATIONS.values())}, as names move between"
        f' colours as simple records. Expected: no such annotation; "{HEALTH}" is one that may.',
    )


def _rule(visibility: Visibility, kind: str, wrong: str, sentence: str) -> Rule:
    return Rule(f"{visibility}{kind}", wrong, f"{ANNOTATIONS[visibility]}: {{}} {sentence}")


def _variables_of(visibility: Visibility) -> tuple[str, str]:
    """Variables of the names that are asked for, and of those that are spelt as names are."""
    return f"{visibility}Names", f"{visibility}Spelt"


def _longest(zone: Zone) -> int:
    """Characters of a name that is published on every colour, so on the longest too."""
    return min(longest_relative(zone.name, infix) for infix in ("", *_OWN_DOMAINS))


def _longest_owner(visibility: Visibility, zone: Zone) -> str:
    """Owner id of the writer whose is the longest."""
    every = (
        Writer(colour=colour, visibility=visibility, zone=zone, live=live).owner_id
        for colour in COLOURS
        for live in (True, False)
    )
    return max(every, key=len)


def _delegated(zone: Zone) -> Sequence[str]:
    """Relative names that a writer would complete to one that others answer for."""
    domains = (zone.name, *(f"{own}.{zone.name}" for own in _OWN_DOMAINS))
    relative = (
        name.removesuffix(f".{domain}")
        for name in zone.delegated
        for domain in domains
        if name.endswith(f".{domain}")
    )
    # Those of a colour are refused already.
    return tuple(dict.fromkeys(it for it in relative if not f".{it}".endswith(_BELOW_OWN)))


def _some(texts: Sequence[str]) -> str:
    more = ", …" if len(texts) > _SHOWN_DOMAINS else ""
    return ", ".join(f'"{text}"' for text in texts[:_SHOWN_DOMAINS]) + more
