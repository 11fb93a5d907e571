"""Programs in the page of the contract: they parse, and read outputs that there are.

TypeScript, Go and YAML programs are not run: their SDKs are not among what this project locks.
"""

import ast
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from eks_platform_contract.outputs import ColourOutput, SharedOutput

PAGE = (Path(__file__).parents[3] / "docs" / "contract.md").read_text()
READ = {
    "ts": re.compile(r'requireOutputValue\("(\w+)"\)'),
    "go": re.compile(r'GetOutputDetails\("(\w+)"\)|GetOutput\(pulumi\.String\("(\w+)"\)\)'),
    "yaml": re.compile(r'\.outputs\["(\w+)"\]'),
}
"""How a language reads an output of a StackReference."""


def snippets(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("language", READ)
def test_outputs_that_are_read_are_those_of_the_contract(language: str) -> None:
    (snippet,) = snippets(language)
    found = {name for match in READ[language].finditer(snippet) for name in match.groups() if name}
    assert found
    assert found <= {*SharedOutput, *ColourOutput}


def test_python_parses() -> None:
    found = snippets("python")
    assert found
    for snippet in found:
        ast.parse(snippet)


def test_go_parses_and_is_formatted() -> None:
    (snippet,) = snippets("go")
    program = f"package main\n\n{snippet}"
    done = subprocess.run(["gofmt"], input=program, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout == program


def test_yaml_is_a_program_with_resources_of_known_types() -> None:
    (snippet,) = snippets("yaml")
    program = yaml.safe_load(snippet)
    assert program["runtime"] == "yaml"
    types = {name: it["type"] for name, it in program["resources"].items()}
    assert types == {
        "green": "pulumi:pulumi:StackReference",
        "on-green": "pulumi:providers:kubernetes",
    }
