"""What the real provider's SDK says about resource types and functions."""

import importlib
import inspect
import re
from types import ModuleType
from typing import cast

from pulumi._types import input_type_py_to_pulumi_names, resource_types


def _module(token: str) -> ModuleType:
    """The SDK's module of a token such as ``aws:ec2/vpc:Vpc``."""
    name = token.split(":")[1].split("/", maxsplit=1)[0]
    return importlib.import_module("pulumi_aws" + ("" if name == "index" else f".{name}"))


def args_of(token: str) -> type:
    """The class of a resource type's inputs."""
    return getattr(_module(token), token.rsplit(":", 1)[1] + "Args")


def names(args: type) -> set[str]:
    """Pulumi's names of a class's inputs."""
    return set(input_type_py_to_pulumi_names(args).values())


def required(args: type) -> set[str]:
    """Pulumi's names of the inputs that must be given."""
    pulumi_names = input_type_py_to_pulumi_names(args)
    parameters = inspect.signature(args.__init__).parameters.values()
    return {
        pulumi_names[it.name]
        for it in parameters
        if it.name in pulumi_names and it.default is inspect.Parameter.empty
    }


def nested(token: str, args: type, name: str) -> type | None:
    """The class of a nested object, or of a list's items; None for plain values."""
    python = {pulumi: py for py, pulumi in input_type_py_to_pulumi_names(args).items()}[name]
    annotation = str(args.__init__.__annotations__[python])
    found = re.search(r"ForwardRef\('(\w+Args)'\)", annotation)
    if found is None:
        return None
    inputs = importlib.import_module(f"{_module(token).__name__}._inputs")
    return cast("type", getattr(inputs, found.group(1)))


def outputs(token: str) -> set[str]:
    """Pulumi's names of a resource type's outputs."""
    kind = getattr(_module(token), token.rsplit(":", 1)[1])
    return {*resource_types(kind), "id"}


def function_arguments(token: str) -> set[str]:
    """Pulumi's names of a function's arguments."""
    function = getattr(_module(token), _snake(token.rsplit(":", 1)[1]))
    parameters = set(inspect.signature(function).parameters) - {"opts"}
    return {_camel(name) for name in parameters}


def function_answers(token: str) -> set[str]:
    """Pulumi's names of what a function answers."""
    name = token.rsplit(":", 1)[1]
    result = getattr(_module(token), f"{name[0].upper()}{name[1:]}Result")
    return {_camel(it) for it in inspect.signature(result.__init__).parameters} - {"self", "Self"}


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _camel(name: str) -> str:
    first, *rest = name.strip("_").split("_")
    return first + "".join(word.capitalize() for word in rest)
