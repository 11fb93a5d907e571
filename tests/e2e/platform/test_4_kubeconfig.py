"""One kubeconfig for whichever colour is active: the file writer, the wrapper, kubectl."""

import base64
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
from tests.e2e.platform.kubeconfigs import THEIRS, USERS, kubectl, reached, user, write


def test_the_users_own_entries_are_still_there(kubeconfig: Path) -> None:
    found = yaml.safe_load(kubeconfig.read_text())
    for key in ("clusters", "users", "contexts"):
        assert found[key][0] == THEIRS[key][0]
    assert found["current-context"] == "home"
    assert stat.S_IMODE(kubeconfig.stat().st_mode) == stat.S_IRUSR | stat.S_IWUSR
    assert len(found["contexts"]) == 1 + (1 + len(COLOURS)) * (1 + len(USERS))


def clusters(file: Path) -> dict[str, Any]:
    """Clusters of a kubeconfig by name; kubectl sorts them when it writes."""
    return {it["name"]: it["cluster"] for it in yaml.safe_load(file.read_text())["clusters"]}


def test_a_file_that_kubectl_rewrote_is_still_renewed(platform: Platform, tmp_path: Path) -> None:
    file = tmp_path / "config"
    write(platform, file)
    before = clusters(file)
    assert kubectl(platform, file, "config", "use-context", "eks-readonly").returncode == 0
    other = ("config", "set-cluster", "eks-blue", "--server=https://gone.example")
    assert kubectl(platform, file, *other).returncode == 0
    write(platform, file)
    assert clusters(file) == before
    assert yaml.safe_load(file.read_text())["current-context"] == "eks-readonly"


@pytest.mark.parametrize("role", USERS)
def test_each_human_role_has_a_context_of_the_active_cluster(
    platform: Platform, kubeconfig: Path, role: str
) -> None:
    assert user(platform, kubeconfig, f"eks-{role}") == USERS[role]
    active = platform.outputs("shared")["activeColour"]
    assert reached(platform, kubeconfig, f"eks-{role}") == active


@pytest.mark.parametrize("role", USERS)
def test_each_human_role_has_a_context_of_each_colour(
    platform: Platform, kubeconfig: Path, colour: str, role: str
) -> None:
    context = f"eks-{colour}-{role}"
    assert user(platform, kubeconfig, context) == USERS[role]
    assert reached(platform, kubeconfig, context) == colour


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
    kubeconfig: Path,
    tmp_path: Path,
    change: Callable[[dict[str, Any], Mapping[str, Any]], None],
    said: str,
) -> None:
    (idle,) = set(COLOURS) - {platform.outputs("shared")["activeColour"]}
    document = yaml.safe_load(kubeconfig.read_text())
    (cluster,) = (
        it["cluster"] for it in document["clusters"] if "tls-server-name" in it["cluster"]
    )
    change(cluster, platform.outputs(idle)["cluster"])
    for person in document["users"]:
        # Else the wrapper sees it first.
        person["user"].get("exec", {}).pop("provideClusterInfo", None)
    changed = tmp_path / "config"
    changed.write_text(yaml.safe_dump(document))
    answer = kubectl(platform, changed, "--context", "eks-readonly", "get", "namespaces")
    assert answer.returncode != 0
    assert said in answer.stderr


def test_a_kubeconfig_of_before_the_active_colour_mends_itself_at_its_first_use(
    platform: Platform, tmp_path: Path
) -> None:
    """As after a switch to a colour that was built anew since it was fetched."""
    file = tmp_path / "config"
    write(platform, file)
    right = clusters(file)
    active = platform.outputs("shared")["activeColour"]
    (idle,) = set(COLOURS) - {active}
    name = f"eks.{platform.outputs('shared')['zones']['api']['name']}"
    only = platform.outputs(idle)["cluster"]["certificateAuthority"]
    document = yaml.safe_load(file.read_text())
    for it in document["clusters"]:
        if it["name"] == name:
            it["cluster"]["certificate-authority-data"] = only
    file.write_text(yaml.safe_dump(document))

    ask = ("--context", "eks-readonly", "get", "--raw", "/version")
    first = kubectl(platform, file, *ask)
    assert first.returncode != 0
    # Where kubectl alone knows the file, nothing but the remedy can be told.
    assert "fetch it anew, by `eks-platform-kubeconfig --stack shared`" in first.stderr

    def by_variable() -> "subprocess.CompletedProcess[str]":
        return kubectl(platform, None, *ask, KUBECONFIG=str(file))

    second = by_variable()
    assert second.returncode != 0
    assert f"eks-{active} is active, and this kubeconfig did not trust it; it does now" in (
        second.stderr
    )
    third = by_variable()
    assert third.returncode == 0, third.stderr
    assert clusters(file) == right


def test_without_dns_there_is_a_clear_error_and_no_token(
    platform: Platform, kubeconfig: Path
) -> None:
    context = ("--context", "eks-readonly")
    # A raw request is one; to find out what "ns" are, kubectl asks several times.
    request = ("get", "--raw", "/api/v1/namespaces")
    said = kubectl(platform, kubeconfig, *context, *request, EKS_PLATFORM_RESOLVER="127.0.0.1:1")
    assert said.returncode != 0
    assert "DNS gave no answer for the TXT record of eks." in said.stderr
