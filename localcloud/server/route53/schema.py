"""What the API's schema says of a change batch: which elements, how long, how large.

The bounds are botocore's, which are AWS's own. The words are those of the XML validator behind
the API, as in https://github.com/hashicorp/terraform-provider-aws/issues/882.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NoReturn

import botocore.loaders

from localcloud.server.route53.errors import InvalidInputError

_NAMESPACE = "https://route53.amazonaws.com/doc/2013-04-01/"


def check(changes: Sequence[Mapping[str, Any]]) -> None:
    """Raises InvalidInputError at the first element that the schema does not allow."""
    _check(changes, "Changes")


@cache
def _shapes() -> Mapping[str, Any]:
    return botocore.loaders.Loader().load_service_model("route53", "service-2")["shapes"]


def _check(value: Any, name: str) -> None:  # noqa: ANN401 - whatever a request holds
    shape = _shapes()[name]
    kind: str = shape["type"]
    if kind == "structure":
        _check_structure(value, name, shape)
    elif kind == "list":
        if len(value) < shape.get("min", 0):
            _refuse_incomplete(name, shape["member"]["locationName"])
        for member in value:
            _check(member, shape["member"]["shape"])
    elif kind == "string":
        _check_text(str(value), name, shape)
    elif kind == "long":
        _check_number(int(value), name, shape)


def _check_structure(value: Mapping[str, Any], name: str, shape: Mapping[str, Any]) -> None:
    for member in shape.get("required", ()):
        if value.get(member) is None:
            _refuse_incomplete(name, member)
    for member, found in value.items():
        if found is not None:
            _check(found, shape["members"][member]["shape"])


def _check_text(text: str, name: str, shape: Mapping[str, Any]) -> None:
    if "enum" in shape:
        if text not in shape["enum"]:
            _refuse(
                f"cvc-enumeration-valid: Value '{text}' is not facet-valid with respect to"
                f" enumeration '[{', '.join(shape['enum'])}]'. It must be a value from the"
                " enumeration."
            )
        return
    for bound, beyond in (("min", len(text) < shape.get("min", 0)), ("max", _is_long(text, shape))):
        if beyond:
            _refuse(
                f"cvc-{bound}Length-valid: Value '{text}' with length = '{len(text)}' is not"
                f" facet-valid with respect to {bound}Length '{shape[bound]}' for type '{name}'."
            )


def _is_long(text: str, shape: Mapping[str, Any]) -> bool:
    return "max" in shape and len(text) > shape["max"]


def _check_number(number: int, name: str, shape: Mapping[str, Any]) -> None:
    for bound, beyond in (("min", number < shape["min"]), ("max", number > shape["max"])):
        if beyond:
            _refuse(
                f"cvc-{bound}Inclusive-valid: Value '{number}' is not facet-valid with respect to"
                f" {bound}Inclusive '{shape[bound]}' for type '{name}'."
            )


def _refuse_incomplete(name: str, member: str) -> NoReturn:
    _refuse(
        f"cvc-complex-type.2.4.b: The content of element '{name}' is not complete. One of"
        f" '{{\"{_NAMESPACE}\":{member}}}' is expected."
    )


def _refuse(words: str) -> NoReturn:
    raise InvalidInputError(f"Invalid XML ; {words}")
