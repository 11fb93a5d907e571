"""``dig`` against the local cloud's DNS server.

The system's dig is used where there is one; elsewhere this prints what the few forms of dig
that the platform's documentation and kubeconfig wrapper use would print.
"""

import os
import shutil
import sys
from pathlib import Path

import dns.exception
import dns.rdatatype

from localcloud.names import SERVER, query

_MODULE = "localcloud.dig"
"""What a local cloud's dig runs."""


def main() -> int:
    """Runs the query of the command line; 0 when the server answered, 9 when not, 1 on misuse."""
    port = os.environ.get("LOCALCLOUD_DNS_PORT")
    if port is None:
        print("dig: LOCALCLOUD_DNS_PORT is not set; run `make shell` first", file=sys.stderr)
        return 1
    system = _system_dig()
    if system is not None:
        os.execv(system, [system, f"@{SERVER}", "-p", port, *sys.argv[1:]])  # noqa: S606 - its signals and exit code are dig's own
    try:
        name, kind, short = parse(sys.argv[1:])
    except ValueError as error:
        print(f"dig: {error}", file=sys.stderr)
        return 1
    return _print_answer(name, kind, short, int(port))


def parse(arguments: list[str]) -> tuple[str, dns.rdatatype.RdataType, bool]:
    """Name, record type and whether ``+short`` was given.

    Raises:
        ValueError: an option that this small dig does not have, or not exactly one name.
    """
    short = False
    kind = dns.rdatatype.A
    names: list[str] = []
    words = iter(arguments)
    for word in words:
        if word == "+short":
            short = True
        elif word == "-t":
            kind = _kind(next(words, ""))
        elif word.startswith(("-", "+", "@")):
            raise ValueError(
                f"{word} is not known here; install dig (Debian and Ubuntu: bind9-dnsutils)"
            )
        elif word in dns.rdatatype.RdataType.__members__:
            kind = _kind(word)
        else:
            names.append(word)
    if len(names) != 1:
        raise ValueError("usage: dig [+short] [-t TYPE] NAME")
    return names[0], kind, short


def _kind(word: str) -> dns.rdatatype.RdataType:
    try:
        return dns.rdatatype.from_text(word)
    except dns.exception.DNSException as error:
        raise ValueError(f"{word or 'nothing'} is no record type") from error


def _print_answer(name: str, kind: dns.rdatatype.RdataType, short: bool, port: int) -> int:
    try:
        found = query(name, kind, port)
    except (OSError, dns.exception.DNSException) as error:
        print(f";; no answer from {SERVER}#{port}: {error}")
        return 9
    if not short:
        print(found.to_text())
        return 0
    for rrset in found.answer:
        for record in rrset:
            print(record.to_text())
    return 0


def _system_dig() -> str | None:
    """A dig on PATH that is of no local cloud: in a shell within a shell there are two of ours."""
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        found = shutil.which("dig", path=folder)
        if found is not None and not _is_ours(Path(found)):
            return found
    return None


def _is_ours(program: Path) -> bool:
    with program.open("rb") as file:
        return _MODULE.encode() in file.read(1000)


if __name__ == "__main__":
    sys.exit(main())
