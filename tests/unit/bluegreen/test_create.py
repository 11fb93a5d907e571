"""A stack is made once, selected never, and its secrets stay readable."""

from pathlib import Path

import pytest

from bluegreen.errors import OperatorError
from bluegreen.world.encryption import secrets_provider_of
from bluegreen.world.stacks import StackError, Stacks

KMS = "awskms://alias/pulumi-state?region=eu-west-1"
OTHER = "awskms://alias/mine?region=eu-west-1"

CLI = """#!/bin/sh
# Says of shared alone that it exists; has no passphrase, and asks for it before it looks.
case "$*" in
  *version*) echo v3.259.0 ;;
  *whoami*) echo '{"user": "ann", "url": "file:///nowhere"}' ;;
  *"export --stack shared"*) echo '{"version": 3, "deployment": {}}' ;;
  *export*) echo "error: no stack named 'green' found" >&2; exit 6 ;;
  *awskms*) printf '%s\\n' "$*" >> asked ;;
  *) printf '%s\\n' "$*" >> asked
     echo 'error: passphrase must be set with PULUMI_CONFIG_PASSPHRASE' >&2; exit 1 ;;
esac
"""


@pytest.fixture
def stacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stacks:
    program = tmp_path / "pulumi"
    program.write_text(CLI)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    write(tmp_path, "shared", secretsprovider=KMS, encryptedkey="QQ==")
    return Stacks(tmp_path)


def write(folder: Path, stack: str, **keys: str) -> None:
    lines = ["config:", "  aws:region: eu-west-1", *(f"{k}: {v}" for k, v in keys.items())]
    (folder / f"Pulumi.{stack}.yaml").write_text("\n".join(lines) + "\n")


def asked(folder: Path) -> str:
    log = folder / "asked"
    return log.read_text() if log.exists() else ""


def test_of_a_stack_that_exists_no_passphrase_is_asked(stacks: Stacks, tmp_path: Path) -> None:
    stacks.create("shared")
    assert asked(tmp_path) == ""


def test_a_new_colour_is_encrypted_as_shared_is_and_not_selected(
    stacks: Stacks, tmp_path: Path
) -> None:
    stacks.create("green")
    words = f"--non-interactive stack init green --no-select --secrets-provider {KMS}\n"
    assert asked(tmp_path) == words


def test_a_colour_made_anew_is_encrypted_as_its_own_file_says(
    stacks: Stacks, tmp_path: Path
) -> None:
    write(tmp_path, "green", secretsprovider=OTHER, encryptedkey="QQ==")
    stacks.create("green")
    assert asked(tmp_path).endswith(f"--secrets-provider {OTHER}\n")


def test_where_no_file_names_one_it_is_left_to_the_backend(stacks: Stacks, tmp_path: Path) -> None:
    write(tmp_path, "shared")
    with pytest.raises(StackError, match=r"stack green cannot be made: .*passphrase must be set"):
        stacks.create("green")
    assert asked(tmp_path) == "--non-interactive stack init green --no-select\n"


@pytest.mark.parametrize(
    ("own", "shared", "expected"),
    [
        ({}, {}, None),
        ({}, {"secretsprovider": KMS, "encryptedkey": "QQ=="}, KMS),
        ({}, {"encryptionsalt": "v1:x"}, "passphrase"),
        ({"secretsprovider": OTHER}, {"secretsprovider": KMS}, OTHER),
        # Told to use a key, the CLI would remove the salt.
        ({"encryptionsalt": "v1:x"}, {"secretsprovider": KMS}, "passphrase"),
        ({"secretsprovider": "default"}, {"secretsprovider": KMS}, "default"),
        ({"secretsprovider": "default", "encryptionsalt": "v1:x"}, {}, "passphrase"),
        ({"secretsprovider": OTHER, "encryptionsalt": "v1:x"}, {}, OTHER),
    ],
)
def test_the_provider_is_the_one_that_the_files_name(
    own: dict[str, str], shared: dict[str, str], expected: str | None, tmp_path: Path
) -> None:
    write(tmp_path, "green", **own)
    write(tmp_path, "shared", **shared)
    assert secrets_provider_of(tmp_path, "green") == expected


def test_a_file_that_is_not_there_or_empty_names_none(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.shared.yaml").write_text("")
    assert secrets_provider_of(tmp_path, "green") is None


def test_a_file_that_is_no_yaml_is_told(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.green.yaml").write_text("a: [")
    with pytest.raises(OperatorError, match=r"Pulumi\.green\.yaml cannot be read"):
        secrets_provider_of(tmp_path, "green")


def test_a_file_that_the_engine_would_change_is_left_as_it_is(
    stacks: Stacks, tmp_path: Path
) -> None:
    file = tmp_path / "Pulumi.green.yaml"
    write(tmp_path, "green", **{"  eks-platform:tags": "{Version: 1.10}"})
    before = file.read_text()
    with pytest.raises(
        OperatorError, match=r"tags\.Version: found 1\.10, which YAML reads as 1\.1"
    ):
        stacks.create("green")
    with pytest.raises(OperatorError, match=r"tags\.Version: found 1\.10"):
        stacks.set_config("green", {"colours": ["blue"]})
    assert (file.read_text(), asked(tmp_path)) == (before, "")
