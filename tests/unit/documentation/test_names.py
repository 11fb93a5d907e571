"""The page for application teams has all rules; tests/e2e/cluster asks an API server for them."""

import re

import pytest

from components.addons.external_dns.name_policy.cel import MOST_NAMES
from components.addons.external_dns.name_policy.refused import PREFIX, rules
from tests.unit.components.addons.addon_cluster import PRIVATE, PUBLIC
from tests.unit.documentation.names_page import PAGE, answers, manifests

PARTLY_DELEGATED = PUBLIC.model_copy(update={"delegated": ("partners.devinfra.fr",)})
RULES = {it.name: it for it in rules({"private": PRIVATE, "public": PARTLY_DELEGATED})}
IN_WORDS = {"TooLong", "TooMany", "Unrecorded"}
"""Rules that a sentence of the page says: nobody wants to read 227 characters."""


def constant(sentence: str) -> str:
    """What a sentence says whatever it is said of."""
    return sentence.partition("{}")[2]


@pytest.mark.parametrize("name", sorted(it for it in RULES if not it.startswith("private")))
def test_each_rule_is_on_the_page(name: str) -> None:
    kind, sentence = name.removeprefix("public"), RULES[name].sentence
    if kind not in IN_WORDS:
        read = [it.sentence for it in answers("What is refused")]
        assert [it for it in read if it.endswith(constant(sentence))], sentence


def test_limits_that_are_said_in_words_are_those_of_the_rules() -> None:
    page = " ".join(PAGE.read_text().split())
    assert f"more than {MOST_NAMES} names in one annotation" in page
    assert f"more than {most('publicTooLong')} characters before `devinfra.fr`" in page
    assert f"or {most('privateTooLong')} before `devinfra.local`" in page
    together = (
        f"{most('publicUnrecorded')} characters, or {most('privateUnrecorded')} for a private"
    )
    assert f"are longer together than {together} name" in page


def most(rule: str) -> str:
    found = re.search(r"at most (\d+)", RULES[rule].sentence)
    assert found
    return found[1]


def test_annotations_that_are_refused_or_ignored_are_in_the_table() -> None:
    page = PAGE.read_text()
    assert f"All begin with `{PREFIX}`" in page
    for name in ("set-identifier", "alias", "record-type", "aws-evaluate-target-health"):
        assert f"`{name}`" in page


def test_the_manifests_are_of_kinds_that_names_are_asked_on() -> None:
    kinds = {it["kind"] for it in manifests()}
    assert kinds == {"Ingress", "Service"}
    for manifest in manifests():
        assert {"PublicDNSName", "PrivateDNSName"} & set(manifest["metadata"]["annotations"])
