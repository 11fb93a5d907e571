"""Which names a writer lets through, as regular expressions of ExternalDNS."""

import re

import idna

from handover.name_annotation import RELATIVE_NAME
from handover.writers import Writer


def filter_arguments(writer: Writer) -> list[str]:
    """What limits it to its own names: endpoint/domain_filter.go in ExternalDNS.

    Regular expressions, for two reasons. They let names alone through that can be asked for:
    one name that Route 53 refuses has each of its batch sent by itself, at every pass. And they
    mean one name where ``--exclude-domains=web.ZONE`` would also exclude the names below. As
    both colours get the same of a canary, which the one includes and the other excludes, no
    name is written by both or by none. TXT records are not filtered: they follow their record.
    """
    chosen, foreign = writer.names.chosen, [_literal(name) for name in writer.foreign_domains]
    canary = f"^({'|'.join(map(_literal, chosen))})$" if chosen else ""
    if canary and not writer.names.others:
        return [f"--regex-domain-filter={canary}"]
    excluded = [canary] if canary else []
    if foreign:
        excluded.append(rf"(^|\.)({'|'.join(foreign)})$")
    return [
        rf"--regex-domain-filter=^{RELATIVE_NAME}\.{_literal(writer.domain)}$",
        *([f"--regex-domain-exclusion={'|'.join(excluded)}"] if excluded else []),
    ]


def _literal(name: str) -> str:
    """A name as a regular expression, decoded: ExternalDNS decodes what it compares."""
    return re.escape(decode_name(name)).replace(r"\-", "-")


def decode_name(name: str) -> str:
    """A name with its encoded labels as they are meant; one that means nothing stays."""
    return ".".join(
        _decode_label(label) if label.startswith("xn--") else label for label in name.split(".")
    )


def _decode_label(label: str) -> str:
    try:
        return idna.decode(label)
    except idna.IDNAError:
        return label
