"""The kept JSON Schemas: they say what the outputs do, and versions step as they must."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel, Field

from eks_platform_contract import schema
from eks_platform_contract.outputs import (
    SECRET,
    ColourOutput,
    ColourOutputs,
    SharedOutput,
    SharedOutputs,
    secret_names,
)
from eks_platform_contract.schema import Contract
from eks_platform_contract.schema import __main__ as command
from eks_platform_contract.version import CONTRACT, Version
from tests.unit.contract.example import COLOUR, SHARED

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = {"shared.schema.json": SHARED, "colour.schema.json": COLOUR}


class Old(BaseModel):
    """Outputs of a small contract."""

    contractVersion: str = "1.0"  # noqa: N815
    a: int
    b: int


class More(Old):
    """One output more."""

    c: int


class Fewer(BaseModel):
    """One output fewer."""

    contractVersion: str = "1.0"  # noqa: N815
    a: int


def contract(folder: Path, version: Version, model: type[BaseModel]) -> Contract:
    return Contract(version, {"shared.schema.json": model}, folder)


def test_the_files_and_the_version_are_right() -> None:
    assert Contract().complaints() == []
    assert Contract().stale() == [], "run make generate"


def test_the_package_has_the_contracts_version() -> None:
    project = tomllib.loads((ROOT / "contract" / "pyproject.toml").read_text())["project"]
    assert project["version"].startswith(f"{CONTRACT}.")


@pytest.mark.parametrize(
    ("model", "names"), [(SharedOutputs, SharedOutput), (ColourOutputs, ColourOutput)]
)
def test_names_are_those_of_the_models(
    model: type[BaseModel], names: type[SharedOutput] | type[ColourOutput]
) -> None:
    assert [field.alias for field in model.model_fields.values()] == list(names)


@pytest.mark.parametrize("name", schema.MODELS)
def test_a_schema_takes_what_pulumi_prints_and_refuses_less(name: str) -> None:
    built = Contract().build(name)
    Draft202012Validator.check_schema(built)
    validator = Draft202012Validator(built)
    assert list(validator.iter_errors(EXAMPLES[name])) == []
    for key in ("contractVersion", "kubeconfig"):
        less = {k: v for k, v in EXAMPLES[name].items() if k != key}
        optional = (name, key) == ("shared.schema.json", "kubeconfig")
        assert validator.is_valid(less) is optional


@pytest.mark.parametrize("name", schema.MODELS)
def test_every_output_is_described(name: str) -> None:
    built: Any = Contract().build(name)
    parts = [built, *built["$defs"].values()]
    silent = [
        key for part in parts for key, it in part["properties"].items() if "description" not in it
    ]
    assert silent == []


def test_secret_outputs_are_known_by_their_mark() -> None:
    class Outputs(BaseModel):
        """Outputs of which one is secret."""

        open: str
        hidden: str = Field(json_schema_extra={SECRET: True})

    assert secret_names(Outputs) == {"hidden"}


def test_the_first_version_is_written_and_then_kept(tmp_path: Path) -> None:
    first = contract(tmp_path, Version(1, 0), Old)
    assert first.stale() == [tmp_path / "v1.0" / "shared.schema.json"]
    first.write()
    assert (first.stale(), first.complaints()) == ([], [])


@pytest.mark.parametrize(
    ("model", "refused", "taken"),
    [
        (Fewer, [Version(1, 0), Version(1, 1)], Version(2, 0)),
        (More, [Version(1, 0)], Version(1, 1)),
    ],
)
def test_a_change_without_its_step_is_refused_and_nothing_is_written(
    model: type[BaseModel],
    refused: list[Version],
    taken: Version,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    contract(tmp_path, Version(1, 0), Old).write()
    before = (tmp_path / "v1.0" / "shared.schema.json").read_text()
    for version in refused:
        for arguments in ([], ["--check"]):
            assert command.main(arguments, contract(tmp_path, version, model)) == 1
            said = capsys.readouterr().err
            assert "b: removed" in said or "c: added" in said
            assert "set CONTRACT" in said
        assert not (tmp_path / "v1.1").exists()
    assert command.main([], contract(tmp_path, taken, model)) == 0
    assert command.main(["--check"], contract(tmp_path, taken, model)) == 0
    assert (tmp_path / "v1.0" / "shared.schema.json").read_text() == before


def test_the_refusal_names_the_version_that_is_needed(tmp_path: Path) -> None:
    contract(tmp_path, Version(1, 4), Old).write()
    (said,) = contract(tmp_path, Version(1, 4), Fewer).complaints()
    assert said == "shared: b: removed (a major step): needs version 2.0"


def test_going_back_to_an_older_version_is_refused(tmp_path: Path) -> None:
    contract(tmp_path, Version(1, 1), More).write()
    (said,) = contract(tmp_path, Version(1, 0), Old).complaints()
    assert said == "shared: schemas of 1.1 are kept: versions never fall"


def test_other_words_make_a_file_stale_but_need_no_step(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    class Reworded(Old):
        """Outputs of the same contract, in other words."""

    contract(tmp_path, Version(1, 0), Old).write()
    reworded = contract(tmp_path, Version(1, 0), Reworded)
    assert command.main(["--check"], reworded) == 1
    assert capsys.readouterr().err == "v1.0/shared.schema.json is stale: run make generate\n"
    assert command.main([], reworded) == 0
    assert reworded.stale() == []
