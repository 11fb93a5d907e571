"""`aws-iam-authenticator-wrapper`: a token for the cluster that a DNS name stands for.

    aws-iam-authenticator-wrapper token -i NAME [arguments of aws-iam-authenticator]
    aws-iam-authenticator-wrapper aws eks get-token --cluster-name NAME [arguments of aws]

NAME is looked up as a TXT record, which says which cluster is active. The program then runs in
this one's place, with all other arguments as they were; so its output and exit code are its own.
Before, where it is due, the kubeconfig is made to trust both colours (`trust`).
"""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

from eks_platform_contract import cluster_name, trust

AUTHENTICATOR, AWS = "aws-iam-authenticator", "aws"

_OPTIONS: Mapping[str, tuple[str, ...]] = {
    AUTHENTICATOR: ("-i", "--cluster-id"),
    AWS: ("--cluster-name",),
}
_ROLES = ("-r", "--role", "--role-arn")
_USAGE = 2
_FAILED = 1
_NOT_FOUND = 127  # what a shell says of a command that is not on PATH


def command(arguments: Sequence[str], find: Callable[[str], str] = cluster_name.find) -> list[str]:
    """The program to run and its arguments, with the cluster's name put in.

    Args:
        arguments: those of the wrapper.
        find: from a name to a cluster's name.

    Raises:
        cluster_name.LookupFailedError: out of `find`.
    """
    is_aws = bool(arguments) and arguments[0] == AWS
    program = AWS if is_aws else AUTHENTICATOR
    words = list(arguments[1:] if is_aws else arguments)
    return [program, *_with_cluster(words, _OPTIONS[program], find)]


def _with_cluster(
    words: Sequence[str], options: Sequence[str], find: Callable[[str], str]
) -> list[str]:
    changed: list[str] = []
    is_name = False
    for position, word in enumerate(words):
        if word == "--" and not is_name:
            return [*changed, *words[position:]]
        option, equals, value = word.partition("=")
        if is_name:
            changed.append(find(word))
        elif equals and option in options:
            changed.append(f"{option}={find(value)}")
        elif word.startswith("-i") and word != "-i" and "-i" in options:
            changed.append(f"-i{find(word[2:])}")
        else:
            changed.append(word)
        is_name = not is_name and word in options
    return changed


def main() -> NoReturn:
    """Runs the program in this one's place. Ends with 1 when the cluster is not known."""
    arguments = sys.argv[1:]
    if not arguments or arguments in (["-h"], ["--help"]):
        print(__doc__, file=sys.stderr if not arguments else sys.stdout)
        sys.exit(0 if arguments else _USAGE)
    found: dict[str, str] = {}

    def find(name: str) -> str:
        found[name] = cluster_name.find(name)
        return found[name]

    try:
        words = command(arguments, find)
        for name, cluster in found.items():
            if name == cluster:
                continue  # one cluster's own kubeconfig
            asked = trust.Asked(name, cluster, role_of(arguments))
            if changed := trust.keep_trust(asked, os.environ):
                print(f"aws-iam-authenticator-wrapper: {changed}", file=sys.stderr)
    except (cluster_name.LookupFailedError, trust.StaleError) as error:
        _fail(str(error), _FAILED)
    try:
        os.execvp(words[0], words)  # noqa: S606 - its signals and exit code are the program's own
    except OSError as error:
        _fail(f"{words[0]} cannot be run: {error.strerror}; is it on PATH?", _NOT_FOUND)


def role_of(words: Sequence[str]) -> str | None:
    """ARN of the role that a token is asked for; the last one counts, as for the programs."""
    role: str | None = None
    for word, following in zip(words, [*words[1:], None], strict=True):
        option, equals, value = word.partition("=")
        if option in _ROLES:
            role = value if equals else following
    return role


def _fail(message: str, code: int) -> NoReturn:
    print(f"aws-iam-authenticator-wrapper: {message}", file=sys.stderr)
    sys.exit(code)


if __name__ == "__main__":
    main()
