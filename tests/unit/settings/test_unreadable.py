"""Values that no reader takes on end in a mistake like every other, never in a traceback."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import settings
from settings.unreadable import MAX_DEPTH
from tests.unit.settings.stack_files import config_of

HALF = '"\\ud800"'


def nested(levels: int) -> str:
    return '{"a":' * levels + "1" + "}" * levels


def said(stack: str, key: str, text: str) -> str:
    config = config_of(stack, {}) | {key: text}
    with pytest.raises(settings.SettingsError) as raised:
        settings.load(stack, config)
    str(raised.value).encode()  # or nobody could print it
    return str(raised.value.mistakes[0])


@pytest.mark.parametrize(
    ("key", "text", "place"),
    [
        ("tags", f'{{"a": {HALF}}}', 'tags.a: found "\\ud800"'),
        ("tags", f'{{{HALF}: "x"}}', 'tags: found the key "\\ud800"'),
        ("colours", f"[{HALF}]", 'colours[0]: found "\\ud800"'),
    ],
)
def test_half_a_character_is_named(key: str, text: str, place: str) -> None:
    whole = "expected whole characters: this holds half of one"
    found = said("shared", f"eks-platform:{key}", text)
    assert found == f"Pulumi.shared.yaml: eks-platform:{place}, {whole}"


def test_also_in_a_plain_value() -> None:
    assert said("shared", "aws:region", "eu\ud800").startswith(
        'Pulumi.shared.yaml: aws:region: found "eu\\ud800", expected whole characters'
    )


def test_but_no_secret_is_shown() -> None:
    config = config_of("blue", {}) | {
        "eks-platform:addons": f'{{"fluentd": {{"values": {{"env": [{HALF}]}}}}}}'
    }
    with pytest.raises(settings.SettingsError) as raised:
        settings.load("blue", config, ["eks-platform:addons"])
    assert "ud800" not in str(raised.value)
    assert "addons.fluentd.values.env[0]: found a secret, expected whole" in str(raised.value)


@pytest.mark.parametrize("levels", [MAX_DEPTH + 1, 200, 900, 5_000, 100_000])
def test_maps_without_end_are_named(levels: int) -> None:
    text = f'{{"cilium": {{"values": {nested(levels)}}}}}'
    found = said("blue", "eks-platform:addons", text)
    assert found.startswith("Pulumi.blue.yaml: eks-platform:addons")
    assert f"found more than {MAX_DEPTH} maps and lists within each other" in found


def test_all_else_is_told_beside_it() -> None:
    config = config_of("shared", {}) | {
        "eks-platform:tags": nested(5_000),
        "eks-platform:colours": '["red"]',
    }
    with pytest.raises(settings.SettingsError) as raised:
        settings.load("shared", config)
    assert [it.path.rpartition(":")[2] for it in raised.value.mistakes] == ["tags", "colours[0]"]


SUITE = {
    "i_string_1st_surrogate_but_2nd_missing": r'["\uDADA"]',
    "i_string_incomplete_surrogate_and_escape_valid": r'["\uD800\n"]',
    "i_string_incomplete_surrogates_escape_valid": r'["\uD800\uD800\n"]',
    "i_string_inverted_surrogates_U+1D11E": r'["\uDd1e\uD834"]',
    "i_string_lone_second_surrogate": r'["\uDFAA"]',
    "i_structure_500_nested_arrays": "[" * 500 + "]" * 500,
    "n_structure_100000_opening_arrays": "[" * 100_000,
    "n_structure_open_array_object": '[{"":' * 50_000,
    "i_number_huge_exp": f"[0.4e00669999999999999999{'9' * 80}]",
    "i_number_too_big_neg_int": "[-123123123123123123123123123123]",
}
"""Of JSONTestSuite (github.com/nst/JSONTestSuite, test_parsing), by the names of its files."""


@pytest.mark.parametrize("text", SUITE.values(), ids=SUITE)
@pytest.mark.parametrize("key", ["colours", "network", "tags"])
def test_what_others_keep_to_break_readers_of_json_ends_in_a_mistake(key: str, text: str) -> None:
    assert f"eks-platform:{key}" in said("shared", f"eks-platform:{key}", text)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None, categories=None)),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(codec=None), max_size=8), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(JSON, st.sampled_from(["tags", "network", "zones", "ci", "canary", "humanRoles"]))
def test_whatever_json_can_hold_is_read_or_refused(value: object, key: str) -> None:
    config = config_of("shared", {}) | {f"eks-platform:{key}": json.dumps(value)}
    try:
        settings.load("shared", config)
    except settings.SettingsError as error:
        str(error).encode()
