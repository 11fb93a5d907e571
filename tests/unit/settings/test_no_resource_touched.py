"""With a wrong stack file the program stops before it asks the engine for anything."""

import runpy
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import cast

import pulumi
import pytest
from pulumi.runtime import set_all_config

import settings
import stacks
from stacks import configuration
from tests.unit.pulumi_harness import Asked, Checks, run
from tests.unit.settings.stack_files import GONE, MINORS, Changes, config_of

ROOT = Path(__file__).resolve().parents[3]

WRONG: list[tuple[str, Changes, Sequence[str]]] = [
    (
        "shared",
        {
            "eks-platform:zones": {"public": {"name": "devinfra.fr."}, "api": GONE},
            "eks-platform:activeColour": "green",
            "eks-platform:nodeGroups": {},
        },
        (
            "4 mistakes in the settings of stack shared; nothing was changed.",
            (
                "  Pulumi.shared.yaml: eks-platform:nodeGroups: found a key of the colours' stacks,"
                " expected it in Pulumi.blue.yaml and Pulumi.green.yaml"
            ),
            (
                '  Pulumi.shared.yaml: eks-platform:zones.public.name: found "devinfra.fr.",'
                " expected a lower-case DNS zone name such as devinfra.fr, without a final dot"
            ),
            (
                "  Pulumi.shared.yaml: eks-platform:zones.api: found nothing, expected a map:"
                " Names of the active API server and cluster"
            ),
            (
                '  Pulumi.shared.yaml: eks-platform:activeColour: found "green", expected a colour'
                " that eks-platform:colours lists; leave the key out for none"
            ),
        ),
    ),
    (
        "green",
        {
            "eks-platform:kubernetesVersion": "1.29",
            "eks-platform:nodeGroups": {"spot": {"instanceTypes": ["m7i.large"]}},
        },
        (
            "2 mistakes in the settings of stack green; nothing was changed.",
            (
                '  Pulumi.green.yaml: eks-platform:kubernetesVersion: found "1.29", expected one of'
                f" {MINORS}"
            ),
            (
                "  Pulumi.green.yaml: eks-platform:nodeGroups.spot.instanceTypes: found"
                ' ["m7i.large"], expected at least 2 types: spot capacity of one type runs out all'
                " at once"
            ),
        ),
    ),
]


class Thing(pulumi.CustomResource):
    """Stands for whatever a stack makes."""

    def __init__(self) -> None:
        super().__init__("test:index:Thing", "thing", {})


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> Callable[[Checks], None]:
    """The program itself; in place of what either kind of stack makes, a `Thing`."""

    async def deploy(_settings: settings.SharedSettings | settings.ColourSettings) -> None:
        Thing()

    for name in ("shared", "colour"):
        module = ModuleType(f"stacks.{name}")
        module.__dict__["deploy"] = deploy
        monkeypatch.setitem(sys.modules, f"stacks.{name}", module)
        monkeypatch.setattr(stacks, name, module, raising=False)
    mains: list[Callable[[], Awaitable[None]]] = []
    monkeypatch.setattr(pulumi, "run", mains.append)
    runpy.run_path(str(ROOT / "__main__.py"))
    (main,) = mains
    return cast("Callable[[Checks], None]", lambda _checks: main())


@pytest.mark.parametrize("stack", ["shared", "green"])
def test_right_settings_let_the_stack_make_things(
    stack: str, program: Callable[[Checks], None]
) -> None:
    ran = run(program, stack=stack, config=config_of(stack, {}))
    assert [it.type for it in ran.resources] == ["test:index:Thing"]


@pytest.mark.parametrize(("stack", "changes", "says"), WRONG)
def test_wrong_settings_end_the_program_first(
    stack: str,
    changes: Changes,
    says: Sequence[str],
    program: Callable[[Checks], None],
) -> None:
    asked = Asked()
    with pytest.raises(pulumi.RunError) as raised:
        run(program, stack=stack, config=config_of(stack, changes), asked=asked)
    assert str(raised.value).splitlines() == list(says)
    assert asked == Asked()


@pytest.mark.parametrize("preview", [False, True])
def test_a_stack_of_another_name_ends_the_program_first(
    program: Callable[[Checks], None], preview: bool
) -> None:
    asked = Asked()
    with pytest.raises(pulumi.RunError, match='found "red", expected one of shared, blue, green'):
        run(program, stack="red", config=config_of("blue", {}), preview=preview, asked=asked)
    assert asked == Asked()


def test_secrets_are_not_shown() -> None:
    config = config_of("blue", {"eks-platform:tags": {"Team": "hunter2;"}})

    def load(_: Checks) -> None:
        set_all_config(config, ["eks-platform:tags"])
        configuration.load()

    with pytest.raises(pulumi.RunError) as raised:
        run(load, stack="blue")
    assert str(raised.value).splitlines()[1:] == [
        (
            "  Pulumi.blue.yaml: eks-platform:tags: found a secret value, expected a plain one:"
            " AWS and the state would have it in clear; pulumi config set --plaintext"
        ),
        (
            "  Pulumi.blue.yaml: eks-platform:tags.Team: found a secret value,"
            " expected at most 256 letters, digits, spaces and . : / = + - @ _"
        ),
    ]


def test_a_right_value_that_is_secret_ends_the_program_first(
    program: Callable[[Checks], None],
) -> None:
    asked = Asked()

    def begin(checks: Checks) -> None:
        set_all_config(config_of("blue", {"eks-platform:tags": {"A": "b"}}), ["eks-platform:tags"])
        return program(checks)  # awaited, where there is something to

    with pytest.raises(pulumi.RunError, match="eks-platform:tags: found a secret value"):
        run(begin, stack="blue", asked=asked)
    assert asked == Asked()


def test_what_the_engines_environment_calls_secret_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_CONFIG", '{"eks-platform:tags": "hunter2"}')
    monkeypatch.setenv("PULUMI_CONFIG_SECRET_KEYS", '["eks-platform:tags"]')
    with pytest.raises(pulumi.RunError, match="tags: found a secret value") as raised:
        run(lambda _: configuration.load() and None, stack="blue", config=config_of("blue", {}))
    assert "hunter2" not in str(raised.value)


def test_the_engines_configuration_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_CONFIG", '{"aws:region": "eu-west-3"}')
    config = config_of("blue", {"aws:region": GONE})
    loaded: list[settings.SharedSettings | settings.ColourSettings] = []
    run(lambda _: loaded.append(configuration.load()), stack="blue", config=config)
    assert [one.region for one in loaded] == ["eu-west-3"]
