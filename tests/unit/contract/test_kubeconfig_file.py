"""The file writer: it adds contexts and loses nothing of the user's."""

import json
import os
import stat
import string
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from eks_platform_contract import kubeconfig_command as command
from eks_platform_contract.kubeconfig import Kubeconfig
from eks_platform_contract.kubeconfig_file import (
    KubeconfigFileError,
    default_path,
    merge,
    merged_document,
)
from tests.unit.contract.example import COLOUR, SHARED, colour

STABLE = Kubeconfig.model_validate(SHARED["kubeconfig"])
BLUE = Kubeconfig.model_validate(COLOUR["kubeconfig"])
OURS = ["eks", "eks-admin", "eks-readwrite", "eks-readonly"]
THEIRS: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Config",
    "preferences": {"colors": True},
    "clusters": [{"name": "home", "cluster": {"server": "https://home", "odd": [1]}}],
    "users": [{"name": "me", "user": {"token": "t"}}],
    "contexts": [{"name": "home", "context": {"cluster": "home", "user": "me"}}],
    "current-context": "home",
    "extensions": [{"name": "x", "extension": {"y": None}}],
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kube" / "config"


def written(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text())


def names(document: dict[str, Any], key: str) -> list[str]:
    return [entry["name"] for entry in document[key]]


def put(path: Path, document: object) -> str:
    path.parent.mkdir(exist_ok=True)
    text = document if isinstance(document, str) else yaml.safe_dump(document)
    path.write_text(text)
    return text


def test_a_new_file_is_the_kubeconfig_for_its_owner_only(path: Path) -> None:
    done = merge(path, STABLE)
    assert (done.path, done.contexts, done.current) == (path, tuple(OURS), "eks")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert Kubeconfig.model_validate(written(path)) == STABLE


def test_other_entries_and_keys_stay_as_they_were(path: Path) -> None:
    put(path, THEIRS)
    path.chmod(0o644)
    done = merge(path, STABLE)
    found = written(path)
    assert names(found, "contexts") == ["home", *OURS]
    for key, value in THEIRS.items():
        if key in ("clusters", "users", "contexts"):
            assert found[key][0] == value[0]
        else:
            assert found[key] == value
    assert done.current == "home"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_writing_again_changes_nothing(path: Path) -> None:
    put(path, THEIRS)
    merge(path, STABLE)
    before = path.read_text()
    merge(path, STABLE)
    assert path.read_text() == before


def test_entries_that_it_wrote_are_renewed_in_their_place(path: Path) -> None:
    merge(path, BLUE)
    merge(path, STABLE)
    anew = COLOUR["cluster"]["endpoint"].replace("blue", "rebuilt")
    text = json.dumps(BLUE.to_json()).replace(COLOUR["cluster"]["endpoint"], anew)
    merge(path, Kubeconfig.model_validate_json(text))
    found = written(path)
    assert names(found, "clusters") == ["eks-blue", "eks.devinfra.info"]
    assert found["clusters"][0]["cluster"]["server"] == anew


def test_somebody_elses_entry_of_the_same_name_is_kept(path: Path) -> None:
    theirs = {"contexts": [{"name": "eks", "context": {"cluster": "other", "user": "me"}}]}
    text = put(path, theirs)
    with pytest.raises(KubeconfigFileError, match=r"already has a context named eks.*--force"):
        merge(path, STABLE)
    assert path.read_text() == text
    assert [it.name for it in path.parent.iterdir()] == ["config"]
    merge(path, STABLE, force=True)
    assert names(written(path), "contexts") == OURS


def test_the_same_entry_made_by_hand_is_taken_over(path: Path) -> None:
    put(path, STABLE.to_json())
    merge(path, STABLE)
    assert names(written(path), "users") == OURS


def test_a_context_is_made_the_current_one_when_asked(path: Path) -> None:
    put(path, THEIRS)
    assert merge(path, STABLE, current="eks-readonly").current == "eks-readonly"


@pytest.mark.parametrize(
    "text",
    [
        "a: [",
        "- 1",
        "contexts: {}\nusers: 3",
        "clusters: [x]",
        "clusters: [{name: eks, cluster: 3}]",
        "\x00",
        "[" * 5000 + "]" * 5000,
    ],
)
def test_a_file_that_is_no_kubeconfig_is_left_alone(path: Path, text: str) -> None:
    put(path, text)
    with pytest.raises(KubeconfigFileError, match="left as it is"):
        merge(path, STABLE)
    assert path.read_text() == text


@pytest.mark.parametrize("data", [b"\xff\xfea", b"\x80\x81", b"\xfe\xff\xd8\x00"])
def test_a_file_that_is_no_text_is_left_alone(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    with pytest.raises(KubeconfigFileError, match="no text in UTF-8 or UTF-16, so it is left"):
        merge(path, STABLE)
    assert path.read_bytes() == data


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_file_that_a_windows_shell_wrote_is_read(path: Path, encoding: str) -> None:
    path.parent.mkdir(parents=True)
    path.write_text("users: [{name: ann, user: {token: x}}]", encoding=encoding)
    merge(path, STABLE)
    names = [it["name"] for it in yaml.safe_load(path.read_text(encoding="utf-8"))["users"]]
    assert names[0] == "ann"


def test_marks_of_others_are_no_mistake(path: Path) -> None:
    path.parent.mkdir(parents=True)
    name = STABLE.clusters[0].name
    path.write_text(f"clusters: [{{name: {name}, cluster: {{extensions: 3}}}}]")
    with pytest.raises(KubeconfigFileError, match="which this command did not write"):
        merge(path, STABLE)


def test_a_link_is_followed(path: Path, tmp_path: Path) -> None:
    put(tmp_path / "real" / "config", THEIRS)
    path.parent.mkdir()
    path.symlink_to(tmp_path / "real" / "config")
    merge(path, STABLE)
    assert path.is_symlink()
    assert names(written(tmp_path / "real" / "config"), "contexts") == ["home", *OURS]


def test_kubectls_lock_is_respected(path: Path) -> None:
    text = put(path, THEIRS)
    lock = path.with_name("config.lock")
    lock.touch()
    with pytest.raises(KubeconfigFileError, match=r"another program is writing .*config\.lock"):
        merge(path, STABLE)
    assert path.read_text() == text
    lock.unlink()
    merge(path, STABLE)
    assert not lock.exists()


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = put(path, THEIRS)

    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(KubeconfigFileError, match="No space left on device"):
        merge(path, STABLE)
    assert path.read_text() == text
    assert [it.name for it in path.parent.iterdir()] == ["config"]


NAMES = st.text(string.ascii_lowercase, min_size=1, max_size=4).map(lambda it: f"their-{it}")
ENTRIES = st.lists(NAMES, unique=True, max_size=4)


@given(ENTRIES, ENTRIES, ENTRIES, st.booleans())
def test_no_entry_of_the_users_is_ever_lost(
    clusters: list[str], users: list[str], contexts: list[str], empty: bool
) -> None:
    document: dict[str, Any] = {
        "clusters": [{"name": name, "cluster": {"server": name}} for name in clusters],
        "users": None if empty else [{"name": name, "user": {}} for name in users],
        "contexts": [{"name": name, "context": {"cluster": name}} for name in contexts],
    }
    once = merged_document(document, STABLE)
    twice = merged_document(merged_document(once, BLUE), STABLE)
    for key in ("clusters", "users", "contexts"):
        theirs = document[key] or []
        assert [it for it in once[key] if it["name"].startswith("their-")] == theirs
        assert [it for it in twice[key] if it["name"].startswith("their-")] == theirs


@pytest.mark.parametrize(
    ("value", "expected"), [("", "home/.kube/config"), ("a:b", "a"), (":b", "b")]
)
def test_the_file_is_the_one_that_kubectl_writes(
    value: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", value)
    monkeypatch.setenv("HOME", "home")
    assert default_path() == Path(expected)


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    made: list[str] = []
    for name, values in {"shared": SHARED, "blue": COLOUR, "green": colour("green")}.items():
        file = tmp_path / f"{name}.json"
        file.write_text(json.dumps(values))
        made.append(str(file))
    return made


def test_the_command_writes_all_stacks_contexts(
    files: list[str], path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main([*files, "--kubeconfig", str(path), "--use", "eks-blue-readonly"]) == 0
    assert f"{path}: eks, eks-admin" in capsys.readouterr().out
    found = written(path)
    assert len(names(found, "contexts")) == 12
    assert found["current-context"] == "eks-blue-readonly"


def test_the_command_uses_the_profile_and_the_program_that_are_asked_for(
    files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--print", "--profile", "ops", "--token-command", "aws"]
    assert command.main([*files[:2], *options]) == 0
    config = Kubeconfig.model_validate_json(capsys.readouterr().out)
    admin, blue = (config.using(name).users[0].user.exec for name in ("eks-admin", "eks-blue"))
    assert admin.command == "aws-iam-authenticator-wrapper"
    words = "aws eks get-token --output json --cluster-name eks.devinfra.info --role-arn"
    assert admin.args == (*words.split(), SHARED["humanRoles"]["admin"])
    assert blue.command == "aws"
    assert " ".join(blue.args) == "eks get-token --output json --cluster-name eks-blue"
    assert all(it.user.exec.env and it.user.exec.env[0].value == "ops" for it in config.users)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({k: v for k, v in SHARED.items() if k != "kubeconfig"}, "has no kubeconfig yet"),
        ({k: v for k, v in SHARED.items() if k != "contractVersion"}, "no output contractVersion"),
        (SHARED | {"contractVersion": "2.1"}, "install eks-platform-contract 2.x"),
        (SHARED | {"contractVersion": "new"}, "'new' is no contract version"),
        (COLOUR | {"cluster": {}}, r"cluster.name: Field required"),
        ([], "no JSON object"),
    ],
)
def test_outputs_that_cannot_be_read_are_refused_and_nothing_is_written(
    values: object, said: str, path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps(values))
    assert command.main([str(file), "--kubeconfig", str(path)]) == 1
    assert said in capsys.readouterr().err
    assert not path.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "whose outputs?"),
        (["nowhere.json"], "nowhere.json: No such file"),
        (["--stack", "shared"], "pulumi is not on PATH"),
    ],
)
def test_what_cannot_be_done_is_said(
    arguments: list[str],
    said: str,
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PATH", str(path.parent))
    assert command.main([*arguments, "--kubeconfig", str(path)]) == 1
    assert said in capsys.readouterr().err


def test_a_context_that_is_not_there_cannot_be_the_current_one(
    files: list[str], path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main([files[0], "--use", "red", "--kubeconfig", str(path)]) == 1
    assert "no context red in the kubeconfig; it has eks, eks-admin" in capsys.readouterr().err
    assert not path.exists()
