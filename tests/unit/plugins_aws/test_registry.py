"""The tables of properties, held against the real provider's SDK."""

from collections.abc import Iterator

import pytest

from localcloud.plugins.aws.properties import Properties
from localcloud.plugins.aws.registry import INVOKES, RESOURCES
from tests.unit.plugins_aws import sdk


@pytest.mark.parametrize("token", sorted(RESOURCES))
def test_a_type_has_only_properties_that_exist(token: str) -> None:
    assert list(_differences(token, sdk.args_of(token), RESOURCES[token].properties, "")) == []


@pytest.mark.parametrize("token", sorted(RESOURCES))
def test_what_a_type_speaks_of_is_a_property(token: str) -> None:
    kind = RESOURCES[token]
    assert kind.token == token
    assert set(kind.one_of) <= set(kind.properties)
    assert kind.autoname in {None, *kind.properties}
    assert kind.regional is ("region" in sdk.outputs(token))


@pytest.mark.parametrize("token", sorted(INVOKES))
def test_a_function_takes_only_arguments_that_exist(token: str) -> None:
    assert set(INVOKES[token].arguments) <= sdk.function_arguments(token)


def _differences(token: str, args: type, properties: Properties, path: str) -> Iterator[str]:
    for key in set(properties) - sdk.names(args):
        yield f"{path}{key} does not exist"
    for key in sdk.required(args) & set(properties):
        if not properties[key].required:
            yield f"{path}{key} must be required"
    for key in sdk.required(args) - set(properties):
        yield f"{path}{key} is required, and not known"
    for key, wanted in properties.items():
        if key not in sdk.names(args) or wanted.document:
            continue
        inner = sdk.nested(token, args, key)
        if (inner is None) is not (wanted.fields is None):
            yield f"{path}{key} has other fields"
        elif inner is not None and wanted.fields is not None:
            yield from _differences(token, inner, wanted.fields, f"{path}{key}.")
