"""One kubeconfig for whichever colour is active: the file writer, the wrapper, kubectl."""

import base64
import json
import stat
import subprocess
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.e2e.platform.conftest import COLOURS, Platform

USERS = {
    "admin": "kubernetes-admin",
    "readwrite": "kubernetes-readwrite",
    "readonly": "kubernetes-readonly",
}
THEIRS = {
    "apiVersion": "v1",
    "kind": "Config",
    "clusters": [{"name": "home", "cluster": {"server": "https://home.example"}}],
    "users": [{"name": "me", "user": {"token": "t"}}],
    "contexts": [{"name": "home", "context": {"cluster": "home", "user": "me"}}],
    "current-context": "home",
}


def write(platform: Platform, path: Path, *options: str) -> None:
    stacks = [word for name in ("shared", *COLOURS) for word in ("--stack", name)]
    platform.run("eks-platform-kubeconfig", *stacks, "--kubeconfig", str(path), *options)


@pytest.fixture(scope="module")
def file(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's kubeconfig, to which the platform's contexts were added."""
    path = tmp_path_factory.mktemp("user") / "config"
    path.write_text(yaml.safe_dump(THEIRS))
    write(platform, path)
    return path


def kubectl(
    platform: Platform, file: Path, *arguments: str, **environment: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(platform.state.bin / "kubectl"), "--kubeconfig", str(file), *arguments],
        env=platform.state.environment(platform.cloud) | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def user(platform: Platform, file: Path, context: str) -> str:
    said = kubectl(platform, file, "--context", context, "auth", "whoami", "-o", "json")
    assert said.returncode == 0, said.stderr
    return json.loads(said.stdout)["status"]["userInfo"]["username"]


def reached(platform: Platform, file: Path, context: str) -> str:
    """The colour that a context leads to."""
    path = "/api/v1/namespaces/kube-system"
    said = kubectl(platform, file, "--context", context, "get", "--raw", path)
    assert said.returncode == 0, said.stderr
    uid = json.loads(said.stdout)["metadata"]["uid"]
    clusters = {platform.kube(it).get(path)["metadata"]["uid"]: it for it in COLOURS}
    return clusters[uid]


def test_the_users_own_entries_are_still_there(file: Path) -> None:
    found = yaml.safe_load(file.read_text())
    for key in ("clusters", "users", "contexts"):
        assert found[key][0] == THEIRS[key][0]
    assert found["current-context"] == "home"
    assert stat.S_IMODE(file.stat().st_mode) == stat.S_IRUSR | stat.S_IWUSR
    assert len(found["contexts"]) == 1 + (1 + len(COLOURS)) * (1 + len(USERS))


def test_a_file_that_kubectl_rewrote_is_still_renewed(platform: Platform, tmp_path: Path) -> None:
    file = tmp_path / "config"
    write(platform, file)
    before = yaml.safe_load(file.read_text())["clusters"]
    assert kubectl(platform, file, "config", "use-context", "eks-readonly").returncode == 0
    other = ("config", "set-cluster", "eks-blue", "--server=https://gone.example")
    assert kubectl(platform, file, *other).returncode == 0
    write(platform, file)
    found = yaml.safe_load(file.read_text())
    assert found["clusters"] == before
    assert found["current-context"] == "eks-readonly"


@pytest.mark.parametrize("role", USERS)
def test_each_human_role_has_a_context_of_the_active_cluster(
    platform: Platform, file: Path, role: str
) -> None:
    assert user(platform, file, f"eks-{role}") == USERS[role]
    active = platform.outputs("shared")["activeColour"]
    assert reached(platform, file, f"eks-{role}") == active


@pytest.mark.parametrize("role", USERS)
def test_each_human_role_has_a_context_of_each_colour(
    platform: Platform, file: Path, colour: str, role: str
) -> None:
    context = f"eks-{colour}-{role}"
    assert user(platform, file, context) == USERS[role]
    assert reached(platform, file, context) == colour


def test_tokens_of_the_aws_cli_do_as_well(platform: Platform, tmp_path: Path) -> None:
    file = tmp_path / "config"
    write(platform, file, "--token-command", "aws")
    assert "aws-iam-authenticator " not in file.read_text()
    active = platform.outputs("shared")["activeColour"]
    for context in ("eks-readonly", f"eks-{active}-readonly"):
        assert user(platform, file, context) == USERS["readonly"]


def test_an_aws_profile_is_used(platform: Platform, tmp_path: Path) -> None:
    file = tmp_path / "config"
    write(platform, file, "--profile", "nobody-has-this")
    said = kubectl(platform, file, "--context", "eks-readonly", "get", "namespaces")
    assert said.returncode != 0
    assert "nobody-has-this" in said.stderr


def test_the_same_file_works_through_a_switch(platform: Platform, file: Path) -> None:
    start = platform.outputs("shared")["activeColour"]
    (other,) = set(COLOURS) - {start}
    before = file.read_bytes()
    assert reached(platform, file, "eks-readonly") == start
    assert accepting(platform) == {start}
    platform.switch(other)
    try:
        assert reached(platform, file, "eks-readonly") == other
        assert user(platform, file, "eks-admin") == USERS["admin"]
        assert accepting(platform) == {other}
        assert file.read_bytes() == before
    finally:
        platform.switch(start)
    assert reached(platform, file, "eks-readonly") == start


def accepting(platform: Platform) -> set[str]:
    """Colours that take the token that the wrapper makes now for the stable name."""
    zone = platform.outputs("shared")["zones"]["api"]["name"]
    made = platform.run("aws-iam-authenticator-wrapper", "token", "-i", f"eks.{zone}")
    token = json.loads(made.stdout)["status"]["token"]
    taking: set[str] = set()
    for colour in COLOURS:
        cluster = platform.outputs(colour)["cluster"]
        authority = platform.state.root / f"{colour}.pem"
        authority.write_bytes(base64.b64decode(cluster["certificateAuthority"]))
        options = [
            f"--server={cluster['endpoint']}",
            f"--certificate-authority={authority}",
            f"--token={token}",
        ]
        said = kubectl(platform, Path("/dev/null"), *options, "get", "namespaces")
        assert said.returncode == 0 or "Unauthorized" in said.stderr + said.stdout, said.stderr
        taking |= {colour} if said.returncode == 0 else set()
    return taking


def stranger() -> str:
    """Base64 of the PEM of a certificate authority that signed no API server's certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "stranger")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return base64.b64encode(certificate.public_bytes(serialization.Encoding.PEM)).decode()


def _other_authority(cluster: dict[str, Any], _: Mapping[str, Any]) -> None:
    cluster["certificate-authority-data"] = stranger()


def _other_colours_authority(cluster: dict[str, Any], others: Mapping[str, Any]) -> None:
    cluster["certificate-authority-data"] = others["certificateAuthority"]


def _name_of_the_url(cluster: dict[str, Any], _: Mapping[str, Any]) -> None:
    del cluster["tls-server-name"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_other_authority, "signed by unknown authority"),
        (_other_colours_authority, "signed by unknown authority"),
        (_name_of_the_url, "certificate is valid for"),
    ],
)
def test_a_certificate_that_is_not_the_clusters_is_refused(
    platform: Platform,
    file: Path,
    tmp_path: Path,
    change: Callable[[dict[str, Any], Mapping[str, Any]], None],
    said: str,
) -> None:
    (idle,) = set(COLOURS) - {platform.outputs("shared")["activeColour"]}
    document = yaml.safe_load(file.read_text())
    (cluster,) = (
        it["cluster"] for it in document["clusters"] if "tls-server-name" in it["cluster"]
    )
    change(cluster, platform.outputs(idle)["cluster"])
    changed = tmp_path / "config"
    changed.write_text(yaml.safe_dump(document))
    answer = kubectl(platform, changed, "--context", "eks-readonly", "get", "namespaces")
    assert answer.returncode != 0
    assert said in answer.stderr


def test_without_dns_there_is_a_clear_error_and_no_token(platform: Platform, file: Path) -> None:
    context = ("--context", "eks-readonly")
    said = kubectl(platform, file, *context, "get", "ns", EKS_PLATFORM_RESOLVER="127.0.0.1:1")
    assert said.returncode != 0
    assert "DNS gave no answer for the TXT record of eks." in said.stderr
