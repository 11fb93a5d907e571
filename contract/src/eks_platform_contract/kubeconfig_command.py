"""Puts the platform's contexts into your kubeconfig: one per human role, and `eks` for yourself.

The outputs come from Pulumi, or from files that somebody else made with
`pulumi stack output --json`:

    eks-platform-kubeconfig --stack shared --stack blue --stack green
    pulumi stack output --json --stack shared | eks-platform-kubeconfig -
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from eks_platform_contract import kubeconfig_file, outputs
from eks_platform_contract.encodings import decoded
from eks_platform_contract.kubeconfig import Kubeconfig, TokenCommand, merged
from eks_platform_contract.names import COLOURS
from eks_platform_contract.outputs import ColourOutputs, SharedOutputs
from eks_platform_contract.version import ContractError


class _SourceError(Exception):
    """Outputs cannot be had; the message says why."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command. Returns its exit status: 1 when nothing was written."""
    options = _parser().parse_args(arguments)
    try:
        config = _chosen(options)
        if options.print:
            print(json.dumps(config.to_json(), indent=2))
            return 0
        path = options.kubeconfig or kubeconfig_file.default_path()
        done = kubeconfig_file.merge(path, config, current=options.use, force=options.force)
    except (_SourceError, ContractError, LookupError, kubeconfig_file.KubeconfigFileError) as error:
        print(f"eks-platform-kubeconfig: {error}", file=sys.stderr)
        return 1
    print(f"{done.path}: {', '.join(done.contexts)}; the current context is {done.current}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="eks-platform-kubeconfig",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "files", nargs="*", metavar="FILE", help="outputs of a stack as JSON; - reads them here"
    )
    parser.add_argument(
        "--stack",
        action="append",
        default=[],
        metavar="NAME",
        help="ask Pulumi for the outputs: shared, blue, green, or ORGANIZATION/eks-platform/NAME",
    )
    parser.add_argument(
        "--kubeconfig",
        type=Path,
        metavar="FILE",
        help="file to write (default: the first of $KUBECONFIG, else ~/.kube/config)",
    )
    parser.add_argument(
        "--profile", metavar="NAME", help="AWS profile to make tokens with, in place of the usual"
    )
    parser.add_argument(
        "--token-command",
        choices=get_args(TokenCommand),
        default="aws-iam-authenticator",
        help="program that makes the tokens (default: %(default)s)",
    )
    parser.add_argument("--use", metavar="CONTEXT", help="make this the current context")
    parser.add_argument(
        "--force", action="store_true", help="replace entries of the same names made by others"
    )
    parser.add_argument(
        "--print", action="store_true", help="print the kubeconfig and write nothing"
    )
    return parser


def _chosen(options: argparse.Namespace) -> Kubeconfig:
    sources = [(name, _from_file(name)) for name in options.files]
    sources += [(f"stack {name}", _from_pulumi(name)) for name in options.stack]
    if not sources:
        raise _SourceError("whose outputs? Give --stack NAME, a file, or - (see --help)")
    config = merged(_kubeconfig(values, where) for where, values in sources)
    config = config.with_token_command(options.token_command)
    if options.profile:
        config = config.with_profile(options.profile)
    if options.use:
        config.using(options.use)  # an error if there is none
    return config


def _kubeconfig(values: object, where: str) -> Kubeconfig:
    is_colour = isinstance(values, dict) and "cluster" in values
    if is_colour:
        return outputs.read(ColourOutputs, values, where).kubeconfig
    config = outputs.read(SharedOutputs, values, where).kubeconfig
    if config is None:
        raise _SourceError(
            f"{where} has no kubeconfig yet: no cluster stood when it last came up"
            f" (stacks {', '.join(COLOURS)} have their own)"
        )
    return config


def _from_file(name: str) -> object:
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return json.loads(decoded(data))
    except OSError as error:
        raise _SourceError(f"{name}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise _SourceError(f"{name} is no text in UTF-8 or UTF-16") from None
    except (ValueError, RecursionError) as error:
        raise _SourceError(f"{name} is no JSON: {error}") from None


def _from_pulumi(stack: str) -> object:
    command = ["pulumi", "stack", "output", "--json", "--stack", stack, "--non-interactive"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise _SourceError(
            "pulumi is not on PATH; have somebody who has it send you the output of"
            f" `{' '.join(command[:6])}`, and give that file"
        ) from None
    if done.returncode != 0:
        raise _SourceError(f"`{' '.join(command)}` failed: {done.stderr.strip()}")
    return json.loads(done.stdout)


if __name__ == "__main__":
    sys.exit(main())
