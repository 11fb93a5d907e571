"""What the stable kubeconfig trusts is brought up to date by the command that makes its tokens."""

import base64
import json
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from eks_platform_contract import trust, wrapper
from eks_platform_contract.kubeconfig import Kubeconfig, authority_bundle
from eks_platform_contract.kubeconfig_file import merge
from tests.unit.contract.example import SHARED

NAME = "eks.devinfra.info"
ADMIN = "arn:aws:iam::123456789012:role/etf1-k8sadmin"


def pem(who: str) -> str:
    text = f"-----BEGIN CERTIFICATE-----\n{who}\n-----END CERTIFICATE-----\n"
    return base64.b64encode(text.encode()).decode()


BLUE, GREEN = pem("blue"), pem("green")
STANDING = {"eks-blue": BLUE, "eks-green": GREEN}


@dataclass
class Eks:
    """Answers for the clusters that stand."""

    standing: Mapping[str, str] | None = field(default_factory=lambda: STANDING)
    asked: list[str | None] = field(default_factory=list[str | None])

    def __call__(self, clusters: Sequence[str], role: str | None) -> Mapping[str, str]:
        self.asked.append(role)
        if self.standing is None:
            raise trust.UnknownError("AccessDenied")
        return {it: self.standing[it] for it in clusters if it in self.standing}


@dataclass
class User:
    """A user's files, and what kubectl has read of them."""

    file: Path
    cache: Path
    trusted: str
    now: float = 1e9

    def keep(self, eks: Eks, cluster: str = "eks-green", name: str = NAME) -> str | None:
        info = {"spec": {"cluster": {"certificate-authority-data": self.trusted}}}
        return trust.keep_trust(
            trust.Asked(name, cluster, ADMIN),
            {trust.INFO: json.dumps(info), "XDG_CACHE_HOME": str(self.cache)},
            eks,
            files=lambda: [self.file, self.file.with_name("none")],
            now=lambda: self.now,
        )

    def written(self) -> str:
        (entry,) = yaml.safe_load(self.file.read_text())["clusters"]
        return entry["cluster"]["certificate-authority-data"]


@pytest.fixture
def user(tmp_path: Path) -> User:
    """Whose kubeconfig was fetched when blue alone stood."""
    config = Kubeconfig.model_validate(SHARED["kubeconfig"])
    (cluster,) = config.clusters
    entry = cluster.cluster.model_copy(
        update={"certificate_authority_data": authority_bundle([BLUE])}
    )
    old = config.model_copy(
        update={"clusters": (cluster.model_copy(update={"name": NAME, "cluster": entry}),)}
    )
    file = tmp_path / "config"
    merge(file, old)
    return User(file, tmp_path / "cache", authority_bundle([BLUE]))


def test_a_new_colour_is_trusted_before_production_moves_there(user: User) -> None:
    eks = Eks()
    said = user.keep(eks, cluster="eks-blue")
    assert said == f"{user.file}: trusts eks-blue and eks-green"
    assert user.written() == authority_bundle([BLUE, GREEN])
    assert stat.S_IMODE(user.file.stat().st_mode) == 0o600
    assert eks.asked == [ADMIN]


def test_after_the_switch_the_first_command_mends_the_file_and_says_so(user: User) -> None:
    with pytest.raises(trust.StaleError) as raised:
        user.keep(Eks())
    assert str(raised.value) == (
        "eks-green is active, and this kubeconfig did not trust it; it does now"
        f" ({user.file}): run the command again"
    )
    user.trusted = user.written()
    assert user.keep(Eks()) is None


def test_a_colour_that_was_built_anew_takes_the_place_of_its_former_self(user: User) -> None:
    user.keep(Eks(), cluster="eks-blue")
    user.trusted = user.written()
    user.now += 86401
    user.keep(Eks({"eks-blue": BLUE, "eks-green": pem("green anew")}), cluster="eks-blue")
    assert user.written() == authority_bundle([BLUE, pem("green anew")])


def test_eks_is_asked_once_a_day_and_when_another_cluster_is_active(user: User) -> None:
    user.trusted = authority_bundle([BLUE, GREEN])
    eks = Eks()
    user.now = user.cache.stat().st_mtime if user.cache.exists() else 0.0
    for _ in range(3):
        user.keep(eks, cluster="eks-blue")
        (mark,) = (user.cache / "eks-platform" / "trust").iterdir()
        user.now = mark.stat().st_mtime + 60
    assert len(eks.asked) == 1
    user.keep(eks, cluster="eks-green")
    assert len(eks.asked) == 2
    (mark,) = (user.cache / "eks-platform" / "trust").iterdir()
    user.now = mark.stat().st_mtime + 86401
    user.keep(eks, cluster="eks-green")
    assert len(eks.asked) == 3


def test_where_eks_cannot_be_asked_nothing_changes_and_nothing_waits_again(user: User) -> None:
    eks = Eks(None)
    before = user.file.read_bytes()
    for _ in range(2):
        assert user.keep(eks) is None
        (mark,) = (user.cache / "eks-platform" / "trust").iterdir()
        user.now = mark.stat().st_mtime + 60
    assert len(eks.asked) == 1
    assert user.file.read_bytes() == before


@pytest.mark.parametrize("said", ["None", "", "?", "QkxVRQ=="])
def test_a_cluster_that_is_being_made_has_no_authority_yet(user: User, said: str) -> None:
    assert user.keep(Eks({"eks-blue": BLUE, "eks-green": said}), cluster="eks-blue") is None
    assert user.written() == authority_bundle([BLUE])
    assert user.keep(Eks({"eks-blue": BLUE, "eks-green": said}), cluster="eks-green") is None


def test_a_cluster_that_does_not_stand_changes_nothing(user: User) -> None:
    assert user.keep(Eks({"eks-blue": BLUE})) is None
    assert user.written() == authority_bundle([BLUE])


@pytest.mark.parametrize("whose", ["another name", "no mark", "no file"])
def test_only_entries_of_ours_are_changed_else_the_remedy_is_told(user: User, whose: str) -> None:
    name = "eks.other.info" if whose == "another name" else NAME
    if whose == "no mark":
        document = yaml.safe_load(user.file.read_text())
        del document["clusters"][0]["cluster"]["extensions"]
        user.file.write_text(yaml.safe_dump(document))
    if whose == "no file":
        user.file.unlink()
    before = user.file.read_bytes() if user.file.exists() else b""
    for _ in range(2):
        with pytest.raises(trust.StaleError) as raised:
            user.keep(Eks(), name=name)
        assert str(raised.value).endswith(
            "fetch it anew, by `eks-platform-kubeconfig --stack shared`, and with"
            " `--kubeconfig FILE` if kubectl was given one"
        )
    assert (user.file.read_bytes() if user.file.exists() else b"") == before


@pytest.mark.parametrize(
    "info",
    [
        None,
        "{",
        "[]",
        '{"spec": {}}',
        '{"spec": {"cluster": {}}}',
        '{"spec": {"cluster": {"certificate-authority-data": "?"}}}',
        '{"spec": {"cluster": {"certificate-authority-data": null}}}',
    ],
)
def test_a_client_that_does_not_say_what_it_trusts_is_left_alone(
    tmp_path: Path, info: str | None
) -> None:
    eks = Eks()
    told = {"XDG_CACHE_HOME": str(tmp_path)} | ({} if info is None else {trust.INFO: info})
    assert trust.keep_trust(trust.Asked(NAME, "eks-green", None), told, eks) is None
    assert eks.asked == []


FAKE_AWS = """#!/bin/sh
echo "$AWS_ACCESS_KEY_ID $*" >> "$LOG"
case "$*" in
  *assume-role*) echo '{"Credentials": {"AccessKeyId": "role", "SecretAccessKey": "s", "SessionToken": "t"}}' ;;
  *eks-blue*) echo QkxVRQ== ;;
  *eks-green*) echo "An error occurred ($ERROR)" >&2; exit 254 ;;
esac
"""  # noqa: E501


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An `aws` that writes down what it is asked."""
    program = tmp_path / "bin" / "aws"
    program.parent.mkdir()
    program.write_text(FAKE_AWS)
    program.chmod(0o755)
    log = tmp_path / "log"
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    monkeypatch.setenv("LOG", str(log))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "mine")
    return log


def test_eks_is_asked_with_the_rights_of_the_role(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ERROR", "ResourceNotFoundException")
    assert trust.ask_eks(["eks-blue", "eks-green"], ADMIN) == {"eks-blue": "QkxVRQ=="}
    who, *rest = (line.partition(" ") for line in log.read_text().splitlines())
    assert (who[0], f"--role-arn {ADMIN}" in who[2]) == ("mine", True)
    assert [it[0] for it in rest] == ["role", "role"]
    assert trust.ask_eks(["eks-blue"], None) == {"eks-blue": "QkxVRQ=="}
    assert log.read_text().splitlines()[-1].startswith("mine eks describe-cluster")


def test_without_rights_or_the_cli_nothing_is_known(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ERROR", "AccessDeniedException")
    with pytest.raises(trust.UnknownError, match="AccessDenied"):
        trust.ask_eks(["eks-green"], None)
    assert log.exists()
    monkeypatch.setenv("PATH", "")
    with pytest.raises(trust.UnknownError):
        trust.ask_eks(["eks-blue"], ADMIN)


@pytest.mark.parametrize(
    ("words", "role"),
    [
        (["token", "-i", NAME], None),
        (["token", "-i", NAME, "-r", ADMIN], ADMIN),
        (["aws", "eks", "get-token", "--cluster-name", NAME, f"--role-arn={ADMIN}"], ADMIN),
        (["token", "-r"], None),
    ],
)
def test_the_role_is_that_of_the_token(words: list[str], role: str | None) -> None:
    assert wrapper.role_of(words) == role
