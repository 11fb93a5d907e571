"""What is true of every component: its type, its arguments, its outputs, its documentation."""

import dataclasses
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator

import pulumi
import pytest

import components
from components.base import Component, ComponentArgs
from settings.model import Settings


def every_component() -> list[type[Component]]:
    for module in pkgutil.walk_packages(components.__path__, "components."):
        importlib.import_module(module.name)
    return sorted(set(_below(Component)), key=lambda it: f"{it.__module__} {it.__name__}")


def _below(parent: type[Component]) -> Iterator[type[Component]]:
    for child in parent.__subclasses__():
        if child.__module__.startswith("components."):
            yield child
        yield from _below(child)


EVERY = every_component()
each = pytest.mark.parametrize("component", EVERY, ids=lambda it: it.__name__)


def arguments_of(component: type[Component]) -> type[ComponentArgs]:
    given = inspect.signature(component, eval_str=True).parameters["args"].annotation
    assert isinstance(given, type)
    assert issubclass(given, ComponentArgs)
    return given


def documented(kind: type) -> set[str]:
    """Names that the docstrings of a class and its bases explain."""
    texts = [it.__doc__ or "" for it in kind.__mro__ if issubclass(it, ComponentArgs)]
    return {name for text in texts for name in re.findall(r"^\s+(\w+): \S", text, re.MULTILINE)}


def test_nothing_below_components_is_a_component_of_another_kind() -> None:
    """Whatever derives from Pulumi's own class would not be looked at here."""
    assert len(EVERY) >= 25
    others = {it for it in pulumi.ComponentResource.__subclasses__() if it is not Component}
    assert {it.__name__ for it in others if it.__module__.startswith("components.")} == set()


@each
def test_its_docstring_gives_its_type_and_says_more(component: type[Component]) -> None:
    said = inspect.getdoc(component) or ""
    assert f"``eks-platform:{component.MODULE}:{component.__name__}``" in said
    assert len(said.splitlines()) > 2


@each
def test_it_registers_outputs(component: type[Component]) -> None:
    assert "self.register_outputs(" in inspect.getsource(component)


@each
def test_its_arguments_are_typed_and_each_is_explained(component: type[Component]) -> None:
    arguments = arguments_of(component)
    fields = {field.name for field in dataclasses.fields(arguments)}
    assert fields - documented(arguments) == set()
    for name, kind in inspect.get_annotations(arguments, eval_str=True).items():
        assert kind is not object, name


@each
def test_it_takes_its_part_of_the_stack_file_whole(component: type[Component]) -> None:
    arguments = arguments_of(component)
    kinds = {it.name: it.type for it in dataclasses.fields(arguments)}
    taken = {name for name, kind in kinds.items() if _is_settings(kind)}
    assert taken <= {"settings"}, "what the stack file says comes as `settings`, nothing of it else"
    assert ("settings" in kinds) == bool(taken)


def _is_settings(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Settings)


@each
def test_the_errors_that_it_raises_are_documented(component: type[Component]) -> None:
    if "raise " in inspect.getsource(component):
        assert "Raises:" in (inspect.getdoc(component) or "")
