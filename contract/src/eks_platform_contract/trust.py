"""Keeps what the stable kubeconfig trusts up to date.

It trusts the certificate authorities of the clusters that stood when it was fetched. A colour that
was built anew since then has another one, and after a switch to it every command would end with "a
certificate signed by an unknown authority". So whenever another cluster is active than the last
time, and once a day, the wrapper asks EKS for the authorities of both colours and puts them into
the file. Asked daily, it mostly knows a new colour before production moves there.

kubectl says what it trusts in KUBERNETES_EXEC_INFO, where an entry has ``provideClusterInfo``:
https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
"""

import base64
import hashlib
import json
import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eks_platform_contract import kubeconfig_file
from eks_platform_contract.kubeconfig import authority_bundle
from eks_platform_contract.names import COLOURS, cluster_name

INFO = "KUBERNETES_EXEC_INFO"
_DAY = 86400.0
_PATIENCE = ("--cli-connect-timeout", "5", "--cli-read-timeout", "10")
_NOT_THERE = "ResourceNotFoundException"

Authorities = Callable[[Sequence[str], str | None], Mapping[str, str]]
"""Base64 of the PEM of each cluster that stands, asked with that role's rights, if one is given.
Raises UnknownError."""


class UnknownError(Exception):
    """EKS cannot be asked."""


class StaleError(Exception):
    """The kubeconfig that kubectl has read does not trust the active cluster; says what to do."""


@dataclass(frozen=True)
class Asked:
    """What the wrapper was asked for.

    Attributes:
        name: name of the TXT record, by which the kubeconfig calls its cluster too.
        cluster: the active cluster, which it names.
        role: ARN of the IAM role that the token is for; None: the caller's own.
    """

    name: str
    cluster: str
    role: str | None


def keep_trust(
    asked: Asked,
    environment: Mapping[str, str],
    authorities: Authorities | None = None,
    *,
    files: Callable[[], Sequence[Path]] = kubeconfig_file.default_paths,
    now: Callable[[], float] = time.time,
) -> str | None:
    """Puts the authorities of all clusters that stand into the kubeconfig, where it is due.

    Args:
        asked: for whom.
        environment: the process's own.
        authorities: asks EKS; None: by the AWS CLI.
        files: kubeconfigs that kubectl reads.
        now: seconds since 1970.

    Returns:
        What was changed, in words; None if nothing was.

    Raises:
        StaleError: what kubectl has read already does not trust the active cluster.
    """
    bundle = _told(environment)
    if bundle is None:
        return None
    seen = f"{asked.cluster} {hashlib.sha256(bundle.encode()).hexdigest()}"
    mark = _mark(asked.name, environment)
    if _is_fresh(mark, seen, now()):
        return None
    # Also where EKS cannot be asked: else each command would wait for that.
    _write(mark, seen)
    try:
        found = (authorities or ask_eks)([cluster_name(it) for it in COLOURS], asked.role)
    except UnknownError:
        return None
    # A cluster that is still being made has none yet; the AWS CLI says "None".
    standing = {name: bundle for name, bundle in found.items() if _is_certificate(bundle)}
    if asked.cluster not in standing:
        return None
    wanted = authority_bundle(standing[it] for it in sorted(standing))
    changed = [path for path in files() if _put(path, asked.name, wanted)]
    if authority_bundle([standing[asked.cluster]]) not in _each(bundle):
        if not changed:
            mark.unlink(missing_ok=True)  # to say so again
        raise StaleError(_advice(asked, changed))
    return f"{', '.join(map(str, changed))}: trusts {' and '.join(standing)}" if changed else None


def _told(environment: Mapping[str, str]) -> str | None:
    """Base64 of the PEMs that kubectl trusts; None where it does not say."""
    try:
        bundle = json.loads(environment[INFO])["spec"]["cluster"]["certificate-authority-data"]
        if isinstance(bundle, str) and authority_bundle([bundle]):
            return bundle
    except (KeyError, TypeError, ValueError):
        pass
    return None


def _is_certificate(bundle: str) -> bool:
    try:
        return base64.b64decode(bundle, validate=True).startswith(b"-----BEGIN CERTIFICATE-----")
    except ValueError:
        return False


def _each(bundle: str) -> set[str]:
    """Each PEM of a bundle, as a bundle of its own."""
    return {authority_bundle([one]) for one in kubeconfig_file.authorities_of(bundle)}


def _advice(asked: Asked, changed: Sequence[Path]) -> str:
    stale = f"{asked.cluster} is active, and this kubeconfig did not trust it"
    if changed:
        return f"{stale}; it does now ({', '.join(map(str, changed))}): run the command again"
    return (
        f"{stale}: fetch it anew, by `eks-platform-kubeconfig --stack shared`, and with"
        " `--kubeconfig FILE` if kubectl was given one"
    )


def _put(path: Path, name: str, bundle: str) -> bool:
    try:
        return kubeconfig_file.trust(path, name, bundle)
    except kubeconfig_file.KubeconfigFileError:
        return False


def _mark(name: str, environment: Mapping[str, str]) -> Path:
    cache = environment.get("XDG_CACHE_HOME")
    folder = Path(cache) if cache else Path.home() / ".cache"
    return folder / "eks-platform" / "trust" / hashlib.sha256(name.encode()).hexdigest()


def _is_fresh(mark: Path, seen: str, now: float) -> bool:
    try:
        return mark.read_text(encoding="utf-8") == seen and now - mark.stat().st_mtime < _DAY
    except (OSError, UnicodeDecodeError):
        return False


def _write(mark: Path, seen: str) -> None:
    try:
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.write_text(seen, encoding="utf-8")
    except OSError:
        return  # a home that cannot be written costs a question at each command, no more


def ask_eks(clusters: Sequence[str], role: str | None) -> Mapping[str, str]:
    """The `Authorities` by the AWS CLI."""
    environment = {**os.environ, **_session(role)} if role else None
    found: dict[str, str] = {}
    for cluster in clusters:
        query = ("--query", "cluster.certificateAuthority.data", "--output", "text")
        done = _aws(["eks", "describe-cluster", "--name", cluster, *query], environment)
        if done.returncode == 0:
            found[cluster] = done.stdout.strip()
        elif _NOT_THERE not in done.stderr:
            raise UnknownError(done.stderr.strip())
    return found


def _session(role: str) -> Mapping[str, str]:
    """Environment variables with which the AWS CLI acts as a role."""
    named = ("--role-arn", role, "--role-session-name", "eks-platform-kubeconfig")
    done = _aws(["sts", "assume-role", *named, "--output", "json"], None)
    try:
        given = json.loads(done.stdout)["Credentials"]
        return {
            "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
            "AWS_SESSION_TOKEN": given["SessionToken"],
        }
    except (KeyError, TypeError, ValueError):
        raise UnknownError(done.stderr.strip()) from None


def _aws(
    words: Sequence[str], environment: Mapping[str, str] | None
) -> "subprocess.CompletedProcess[str]":
    try:
        return subprocess.run(
            ["aws", *words, *_PATIENCE],
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            env=environment,
        )
    except OSError as error:
        raise UnknownError(str(error)) from None
