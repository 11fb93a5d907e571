"""Reads a kubeconfig: which API server, how to trust it and how to log in."""

import base64
import json
import os
import ssl
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml

from localcloud.liveness import StalledError, communicate
from localcloud.plugins.kubernetes.values import (
    Json,
    child,
    child_list,
    child_map,
    child_text,
    is_map,
)

_CLUSTER_KEYS = {
    "server",
    "certificate-authority",
    "certificate-authority-data",
    "insecure-skip-tls-verify",
    "tls-server-name",
    "proxy-url",
    "extensions",
}
_USER_KEYS = {
    "token",
    "tokenFile",
    "client-certificate",
    "client-certificate-data",
    "client-key",
    "client-key-data",
    "exec",
    "extensions",
}


class KubeconfigError(Exception):
    """A kubeconfig cannot be used; the message says what is wrong with it."""


@dataclass
class Credentials:
    """How to log in, from one `user` of a kubeconfig.

    Attributes:
        token: bearer token that the kubeconfig itself holds.
        client_certificate: PEM of a client certificate, or None.
        client_key: PEM of its key, or None.
        command: the credential plugin's `exec` entry, or an empty object.
    """

    token: str | None = None
    client_certificate: str | None = None
    client_key: str | None = None
    command: Mapping[str, Json] = field(default_factory=dict[str, Json])
    _expires: datetime | None = None

    def bearer(self, cluster: Json, *, renew: bool = False) -> str | None:
        """A bearer token that is valid now, or None where none is used.

        Args:
            cluster: what KUBERNETES_EXEC_INFO tells the plugin of the cluster.
            renew: the last token was refused, so ask for another.

        Raises:
            KubeconfigError: the credential plugin failed.
        """
        if not self.command:
            return self.token
        margin = datetime.now(UTC) + timedelta(seconds=30)
        stale = self._expires is not None and self._expires < margin
        if self.token is None or stale or renew:
            self._run(cluster)
        return self.token

    def _run(self, cluster: Json) -> None:
        words = [str(self.command.get("command", "")), *map(str, child_list(self.command, "args"))]
        version = child_text(self.command, "apiVersion")
        info: dict[str, Json] = {"interactive": False}
        if self.command.get("provideClusterInfo"):
            info["cluster"] = cluster
        question = {"apiVersion": version, "kind": "ExecCredential", "spec": info}
        environment = os.environ | {"KUBERNETES_EXEC_INFO": json.dumps(question)}
        for entry in child_list(self.command, "env"):
            environment[child_text(entry, "name")] = child_text(entry, "value")
        try:
            with subprocess.Popen(
                words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            ) as plugin:
                answer, complaints = communicate(plugin, f"credential plugin {words[0]!r}")
        except FileNotFoundError as error:
            raise KubeconfigError(f"credential plugin {words[0]!r} is not on PATH") from error
        except StalledError as error:
            raise KubeconfigError(str(error)) from error
        if plugin.returncode != 0:
            said = complaints.strip()
            raise KubeconfigError(
                f"credential plugin {words[0]!r} ended with {plugin.returncode}: {said}"
            )
        self._read_token(words[0], version, answer)

    def _read_token(self, name: str, version: str, answer: str) -> None:
        try:
            credential: Json = json.loads(answer)
        except ValueError as error:
            raise KubeconfigError(f"credential plugin {name!r} printed no JSON") from error
        if child(credential, "apiVersion") != version:
            found = child(credential, "apiVersion")
            message = f"credential plugin {name!r} answered with {found}, not {version}"
            raise KubeconfigError(message)
        token = child_text(credential, "status", "token")
        if not token:
            raise KubeconfigError(f"credential plugin {name!r} gave no token")
        self.token = token
        expires = child_text(credential, "status", "expirationTimestamp")
        self._expires = datetime.fromisoformat(expires) if expires else None


@dataclass
class Access:
    """One context of a kubeconfig.

    Attributes:
        server: URL of the API server.
        namespace: the context's namespace, or None.
        authority: PEM of the CA that signed the server's certificate; None for the system's.
        verify: False where `insecure-skip-tls-verify` is set.
        server_name: name expected in the server's certificate, or None for the URL's host.
        proxy: the cluster's `proxy-url`, or None for that of the environment.
        credentials: how to log in.
    """

    server: str
    namespace: str | None
    authority: str | None
    verify: bool
    server_name: str | None
    proxy: str | None
    credentials: Credentials

    @property
    def exec_cluster(self) -> Json:
        """The cluster as credential plugins are told of it."""
        about: dict[str, Json] = {"server": self.server}
        if self.authority:
            encoded = base64.b64encode(self.authority.encode()).decode()
            about["certificate-authority-data"] = encoded
        return about

    def ssl_context(self) -> ssl.SSLContext:
        """TLS settings for connections to the API server."""
        context = ssl.create_default_context(cadata=self.authority)
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        elif self.server_name:
            context.check_hostname = True
        if self.credentials.client_certificate and self.credentials.client_key:
            with tempfile.TemporaryDirectory() as folder:
                certificate, key = Path(folder) / "certificate", Path(folder) / "key"
                certificate.write_text(self.credentials.client_certificate)
                key.touch(mode=0o600)
                key.write_text(self.credentials.client_key)
                context.load_cert_chain(certificate, key)
        return context


def load(text: str | None, context: str | None = None, cluster: str | None = None) -> Access:
    """Reads a kubeconfig as the provider's configuration gives it.

    Args:
        text: its content (YAML or JSON) or its path; None takes $KUBECONFIG, else ~/.kube/config.
        context: context to use instead of the current one.
        cluster: cluster to use instead of the context's.

    Raises:
        KubeconfigError: there is none, it is malformed, or it holds a setting that is not known.
    """
    document, folder = _read(text)
    wanted = context or child_text(document, "current-context")
    if not wanted:
        raise KubeconfigError("the kubeconfig has no current context")
    chosen = _named(document, "contexts", "context", wanted)
    cluster_name = cluster or child_text(chosen, "cluster")
    about = _named(document, "clusters", "cluster", cluster_name)
    user = _named(document, "users", "user", child_text(chosen, "user"))
    _refuse_unknown(about, _CLUSTER_KEYS, f"cluster {cluster_name!r}")
    _refuse_unknown(user, _USER_KEYS, f"user {child_text(chosen, 'user')!r}")
    server = child_text(about, "server")
    if not server:
        raise KubeconfigError(f"cluster {cluster_name!r} of the kubeconfig has no server")
    return Access(
        server=server.rstrip("/"),
        namespace=child_text(chosen, "namespace") or None,
        authority=_content(about, "certificate-authority", folder),
        verify=not about.get("insecure-skip-tls-verify"),
        server_name=child_text(about, "tls-server-name") or None,
        proxy=child_text(about, "proxy-url") or None,
        credentials=Credentials(
            token=child_text(user, "token") or _file(user, "tokenFile", folder),
            client_certificate=_content(user, "client-certificate", folder),
            client_key=_content(user, "client-key", folder),
            command=child_map(user, "exec"),
        ),
    )


def _read(text: str | None) -> tuple[Mapping[str, Json], Path]:
    folder = Path.cwd()
    if text is None:
        first = os.environ.get("KUBECONFIG", "").split(os.pathsep)[0]
        text = first or str(Path.home() / ".kube" / "config")
    if "\n" not in text and not text.lstrip().startswith("{"):
        path = Path(text).expanduser()
        try:
            text, folder = path.read_text(), path.parent
        except OSError as error:
            raise KubeconfigError(f"no kubeconfig at {path}: {error.strerror}") from error
    try:
        document: Json = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise KubeconfigError(f"the kubeconfig is neither YAML nor JSON: {error}") from error
    if not is_map(document):
        raise KubeconfigError("the kubeconfig is not an object")
    return document, folder


def _named(document: Json, listing: str, key: str, name: str) -> Mapping[str, Json]:
    for entry in child_list(document, listing):
        if child(entry, "name") == name:
            return child_map(entry, key)
    raise KubeconfigError(f"the kubeconfig has no {key} named {name!r}")


def _refuse_unknown(entry: Mapping[str, Json], known: set[str], where: str) -> None:
    unknown = sorted(set(entry) - known)
    if unknown:
        names = ", ".join(unknown)
        raise KubeconfigError(f"{where} of the kubeconfig: not known to the stand-in: {names}")


def _content(entry: Mapping[str, Json], key: str, folder: Path) -> str | None:
    data = child_text(entry, f"{key}-data")
    if data:
        return base64.b64decode(data).decode()
    return _file(entry, key, folder)


def _file(entry: Mapping[str, Json], key: str, folder: Path) -> str | None:
    name = child_text(entry, key)
    if not name:
        return None
    try:
        return (folder / name).read_text().strip()
    except OSError as error:
        raise KubeconfigError(f"{key} of the kubeconfig: {error}") from error
