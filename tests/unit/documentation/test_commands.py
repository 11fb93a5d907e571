"""Each command of the README and the pages is run by a test, or says why it cannot be."""

import ast
import re
import subprocess
from collections import Counter

import pytest
from botocore import xform_name
from botocore.session import get_session

from localcloud import cli as localcloud_cli
from settings import ColourSettings, SharedSettings
from settings.names import COLOURS, PROJECT, SHARED
from settings.places import field_at, kind_of
from tests.unit.documentation.commands import ROOT, collect, documented, pages, table

OF_EVERY_CALL = {"query", "output", "region", "max-items"}
OF_THE_CLI_ALONE = {("eks", "update-kubeconfig"): {"name", "alias"}}
"""Calls of the aws command that are none of an API, with their options."""

PAGE = """\
# One
```sh
make demo    # what it does
# only words
pulumi up -s blue && pulumi up -s green
kubectl get pods \\
  -A   # all
```
<!-- not run: needs AWS: it would cost -->
```sh
aws sts get-caller-identity
dig '+short'   # '#' in quotes is kept: kubectl get x#y
```
```text
no command
```
"""


def test_commands_are_found_with_their_marks() -> None:
    found = [(it.text, it.line, it.section, it.reason) for it in collect(PAGE, "page.md")]
    assert found == [
        ("make demo", 3, "One", ""),
        ("pulumi up -s blue", 5, "One", ""),
        ("pulumi up -s green", 5, "One", ""),
        ("kubectl get pods -A", 7, "One", ""),
        ("aws sts get-caller-identity", 11, "One", "needs AWS: it would cost"),
        ("dig '+short'", 12, "One", "needs AWS: it would cost"),
    ]


def test_each_command_is_run_by_a_test_or_says_why_not() -> None:
    listed = {command for commands in table().values() for command in commands}
    unlisted = [str(it) for it in documented() if not it.reason and it.text not in listed]
    assert not unlisted, "neither in commands.yaml nor marked: " + "\n".join(unlisted)


def test_the_table_holds_nothing_that_no_page_has() -> None:
    written = {it.text for it in documented() if not it.reason}
    stale = [it for commands in table().values() for it in commands if it not in written]
    assert not stale


def test_no_command_is_listed_twice() -> None:
    counted = Counter(it for commands in table().values() for it in commands)
    assert [it for it, count in counted.items() if count > 1] == []


@pytest.mark.parametrize("runner", table())
def test_what_runs_a_command_exists(runner: str) -> None:
    file, _, name = runner.partition("::")
    if file == ".ci/run":
        lines = (ROOT / file).read_text().splitlines()
        assert [it for it in table()[runner] if it not in lines] == []
        return
    tree = ast.parse((ROOT / file).read_text())
    names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert name in names


def test_a_reason_names_only_files_that_exist() -> None:
    reasons = {it.reason for it in documented() if it.reason}
    named = {path for reason in reasons for path in re.findall(r"tests/[\w/]+(?:\.py)?", reason)}
    assert [path for path in named if not (ROOT / path).exists()] == []
    assert all(len(reason.split()) > 3 for reason in reasons)


@pytest.mark.parametrize(
    "target", sorted({it.text for it in documented() if re.fullmatch(r"make( [\w-]+)?", it.text)})
)
def test_make_knows_the_target(target: str) -> None:
    shown = subprocess.run(
        [*target.split(), "--dry-run"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert shown.returncode == 0, shown.stderr


def test_make_alone_lists_the_commands() -> None:
    shown = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in ("demo", "shell", "test", "docs"):
        assert re.search(rf"^{target} +[A-Z]", shown, re.MULTILINE), target


@pytest.mark.parametrize("command", [it.text for it in documented() if " pytest " in it.text])
def test_a_part_of_the_tests_can_be_run(command: str) -> None:
    interpreter, *words = command.split()
    assert (ROOT / interpreter).is_file()
    (folder,) = (word for word in words if word.startswith("tests/"))
    assert list((ROOT / folder).glob("test_*.py"))
    assert words == ["-m", "pytest", folder, "-q"]


def test_every_stack_that_is_named_exists() -> None:
    named = {name for it in documented() for name in re.findall(r" -s ([^\s)]+)", it.text)}
    assert named <= {SHARED, *COLOURS}


def test_every_setting_that_is_named_exists() -> None:
    wrong: list[str] = []
    for page in pages():
        if page.name == "add-a-setting.md":
            continue  # the one that it adds is tried by test_additions
        for path in re.findall(rf"{PROJECT}:([a-z][A-Za-z.]*[A-Za-z])", page.read_text()):
            place = tuple(path.split("."))
            models = (SharedSettings, ColourSettings)
            if not any(field_at(model, place) for model in models):
                wrong.append(f"{page.relative_to(ROOT)}: {path}")
    assert not wrong


@pytest.mark.parametrize(
    "command",
    [it for it in documented() if it.text.startswith("pulumi config set")],
    ids=str,
)
def test_a_setting_that_is_set_is_one_of_that_stack(command: object) -> None:
    text = str(command)
    stack = text.rsplit(" -s ", 1)[-1]
    key = next(word for word in text.split("pulumi config ", 1)[1].split() if word[0] not in "-s")
    path = re.sub(r"\[\d+\]$", "", key.strip("'").removeprefix(f"{PROJECT}:"))
    model = SharedSettings if stack == SHARED else ColourSettings
    field = field_at(model, tuple(path.split(".")))
    assert field is not None, f"{path} is no setting of {stack}"
    assert ("[" in key) == (kind_of(field.annotation) == "a list")


@pytest.mark.parametrize(
    "command", sorted({it.text for it in documented() if it.text.startswith("aws ")})
)
def test_aws_knows_the_call_and_its_options(command: str) -> None:
    _, service, call, *words = command.split()
    given = {word.removeprefix("--") for word in words if word.startswith("--")}
    if (service, call) in OF_THE_CLI_ALONE:
        assert given <= OF_THE_CLI_ALONE[service, call] | OF_EVERY_CALL
        return
    described = get_session().get_service_model({"s3api": "s3"}.get(service, service))
    operations = {xform_name(name, "-"): name for name in described.operation_names}
    shape = described.operation_model(operations[call]).input_shape
    known = {xform_name(name, "-") for name in shape.members} if shape else set[str]()
    assert given <= known | OF_EVERY_CALL


def test_other_ports_are_taken_from_the_documented_variables(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    runner = f"tests/unit/documentation/test_commands.py::{_PORTS_TEST}"
    (command,) = table()[runner]
    values = dict(word.split("=") for word in command.split()[1:])
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    options = localcloud_cli._parser().parse_args(["up"])
    ports = [options.aws_port, options.dns_port, options.proxy_port]
    assert ports == [int(value) for value in values.values()]


_PORTS_TEST = test_other_ports_are_taken_from_the_documented_variables.__name__
