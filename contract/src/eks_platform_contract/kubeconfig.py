"""Kubeconfigs as types, and the few changes that people make to one."""

import base64
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

TokenCommand = Literal["aws-iam-authenticator", "aws"]
"""Program that makes tokens: ``aws-iam-authenticator token`` or ``aws eks get-token``."""

WRAPPER = "aws-iam-authenticator-wrapper"
"""Asks DNS for the active cluster's name, then has either program make the token."""


class _Part(BaseModel):
    """Part of a kubeconfig: unknown keys are kept out, as every key is ours."""

    model_config: ClassVar[ConfigDict] = ConfigDict(validate_by_name=True, frozen=True)


class ClusterEntry(_Part):
    """How to reach and trust an API server."""

    server: str
    """URL of the API server."""

    certificate_authority_data: Annotated[str, Field(alias="certificate-authority-data")]
    """Base64 of the PEMs that may have signed its certificate."""

    tls_server_name: Annotated[str | None, Field(alias="tls-server-name")] = None
    """Name that its certificate must have, where that is not the URL's host."""


class Variable(_Part):
    """An environment variable of the token command."""

    name: str
    """Name."""

    value: str
    """Value."""


class Exec(_Part):
    """The command that makes a token; it holds no secret."""

    api_version: Annotated[str, Field(alias="apiVersion")] = "client.authentication.k8s.io/v1"
    """API of the command's answer."""

    command: str
    """Program, found on PATH."""

    args: tuple[str, ...]
    """Its arguments."""

    env: tuple[Variable, ...] | None = None
    """Environment variables set for it."""

    interactive_mode: Annotated[str, Field(alias="interactiveMode")] = "Never"
    """Whether it may ask questions on the terminal."""

    provide_cluster_info: Annotated[bool | None, Field(alias="provideClusterInfo")] = None
    """Whether it is told the API server and what is trusted of it. Added in version 1.5."""


class UserEntry(_Part):
    """How to log in."""

    exec: Exec
    """The command that makes a token."""


class ContextEntry(_Part):
    """Who one is, on which cluster."""

    cluster: str
    """Name of a cluster of the same kubeconfig."""

    user: str
    """Name of a user of the same kubeconfig."""


class NamedCluster(_Part):
    """A cluster by its name."""

    name: str
    """Name."""

    cluster: ClusterEntry
    """The cluster."""


class NamedUser(_Part):
    """A user by its name."""

    name: str
    """Name."""

    user: UserEntry
    """The user."""


class NamedContext(_Part):
    """A context by its name."""

    name: str
    """Name, as `kubectl --context` takes it."""

    context: ContextEntry
    """The context."""


class Kubeconfig(_Part):
    """A kubeconfig: one context for the caller's own identity, and one for each human role."""

    api_version: Annotated[Literal["v1"], Field(alias="apiVersion")] = "v1"
    """Version of the file's form."""

    kind: Literal["Config"] = "Config"
    """Kind of file."""

    clusters: tuple[NamedCluster, ...]
    """API servers."""

    users: tuple[NamedUser, ...]
    """Ways to log in."""

    contexts: tuple[NamedContext, ...]
    """Who one is, on which cluster."""

    current_context: Annotated[str, Field(alias="current-context")]
    """Context used where none is named."""

    def to_json(self) -> dict[str, object]:
        """The kubeconfig as kubectl reads it, as a JSON-able object."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)

    def to_text(self) -> str:
        """The same as text, as `pulumi_kubernetes.Provider` takes it."""
        return json.dumps(self.to_json())

    def using(self, context: str) -> "Kubeconfig":
        """The kubeconfig with that context and nothing else.

        Raises:
            LookupError: it has no such context; the message lists those there are.
        """
        found = {it.name: it for it in self.contexts}
        if context not in found:
            raise LookupError(f"no context {context} in the kubeconfig; it has {', '.join(found)}")
        chosen = found[context]
        return self.model_copy(
            update={
                "clusters": tuple(it for it in self.clusters if it.name == chosen.context.cluster),
                "users": tuple(it for it in self.users if it.name == chosen.context.user),
                "contexts": (chosen,),
                "current_context": context,
            }
        )

    def with_profile(self, profile: str | None) -> "Kubeconfig":
        """The kubeconfig whose tokens are made with an AWS profile; None: the environment's."""
        env = None if profile is None else (Variable(name="AWS_PROFILE", value=profile),)
        return self._with_commands(lambda it: it.model_copy(update={"env": env}))

    def with_token_command(self, command: TokenCommand) -> "Kubeconfig":
        """The kubeconfig whose tokens are made by that program."""
        return self if command != "aws" else self._with_commands(_as_aws)

    def _with_commands(self, change: Callable[[Exec], Exec]) -> "Kubeconfig":
        users = tuple(
            NamedUser(name=it.name, user=UserEntry(exec=change(it.user.exec))) for it in self.users
        )
        return self.model_copy(update={"users": users})


_AWS_OPTIONS = {"-i": "--cluster-name", "-r": "--role-arn"}


def _as_aws(command: Exec) -> Exec:
    """``aws-iam-authenticator token -i NAME -r ROLE`` in the words of the AWS CLI."""
    words = aws_words(command.args)
    if command.command == WRAPPER:
        return command.model_copy(update={"args": ("aws", *words)})
    return command.model_copy(update={"command": "aws", "args": words})


def aws_words(authenticator: Sequence[str]) -> tuple[str, ...]:
    """Arguments with which the AWS CLI makes the token of aws-iam-authenticator's.

    Args:
        authenticator: its arguments, ``token -i NAME -r ROLE``.
    """
    options = (_AWS_OPTIONS.get(word, word) for word in authenticator[1:])
    return ("eks", "get-token", "--output", "json", *options)


def authority_bundle(authorities: Iterable[str]) -> str:
    """One certificate bundle out of several.

    Args:
        authorities: base64 of PEMs, as EKS gives them.

    Returns:
        Base64 of the PEMs one after the other, each once.

    Raises:
        ValueError: one is not base64.
    """
    pems = [base64.b64decode(authority, validate=True).strip() for authority in authorities]
    return base64.b64encode(b"".join(pem + b"\n" for pem in dict.fromkeys(pems))).decode()


def context_name(cluster: str, role: str | None) -> str:
    """Name of a context, for example ``eks-admin`` or ``eks-blue-readonly``.

    Args:
        cluster: ``eks`` for the active cluster, else the cluster's name.
        role: kind of person, or None for the caller's own identity.
    """
    return cluster if role is None else f"{cluster}-{role}"


def merged(configs: Iterable[Kubeconfig]) -> Kubeconfig:
    """Several kubeconfigs in one; the first one's current context stays.

    Raises:
        ValueError: there are none.
    """
    every = list(configs)
    if not every:
        raise ValueError("no kubeconfig to merge")
    return every[0].model_copy(
        update={
            "clusters": tuple(it for config in every for it in config.clusters),
            "users": tuple(it for config in every for it in config.users),
            "contexts": tuple(it for config in every for it in config.contexts),
        }
    )
