"""A client of the API server that a kubeconfig names, and never an anonymous one."""

import copy
import shlex
import shutil
from collections.abc import Mapping
from typing import Any, cast

from kubernetes import client, config
from kubernetes.config import ConfigException

from eks_platform_contract.kubeconfig import aws_words

_AUTHENTICATOR, _AWS = "aws-iam-authenticator", "aws"


class TokenError(ConfigException):
    """No token can be had; the message says which program is missing, or gave none."""


def connect(kubeconfig: Mapping[str, Any]) -> client.ApiClient:
    """A client with a token of the kubeconfig's own command.

    Where ``aws-iam-authenticator`` is not on PATH, the AWS CLI makes the same token.

    Args:
        kubeconfig: kubeconfig as an object.

    Raises:
        TokenError: no program on PATH makes a token, or it failed. The Kubernetes client would go
            on without one, and the API server's answer would not say why.
        ConfigException: the kubeconfig cannot be used.
    """
    given = copy.deepcopy(dict(kubeconfig))
    commands = [command for user in given.get("users") or () if (command := _command(user))]
    for command in commands:
        _fall_back_to_aws_cli(command)
    made = config.new_client_from_config_dict(given)
    configuration = cast("Any", made).configuration
    if commands and not configuration.api_key and not configuration.cert_file:
        words = shlex.join([commands[0]["command"], *(commands[0].get("args") or ())])
        raise TokenError(f"no token for the API server: run `{words}` to see why")
    return made


def _command(user: Mapping[str, Any]) -> dict[str, Any] | None:
    return (user.get("user") or {}).get("exec")


def _fall_back_to_aws_cli(command: dict[str, Any]) -> None:
    """Puts the AWS CLI in the place of an authenticator that is not on PATH."""
    program = str(command["command"])
    if shutil.which(program):
        return
    if program != _AUTHENTICATOR or not shutil.which(_AWS):
        also = f", and neither is {_AWS}" if program == _AUTHENTICATOR else ""
        raise TokenError(f"{program}, which makes tokens for clusters, is not on PATH{also}")
    command |= {"command": _AWS, "args": list(aws_words(command.get("args") or ()))}
