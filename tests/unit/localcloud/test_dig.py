"""The small dig for machines without one."""

import os
from pathlib import Path

import dns.rdatatype
import pytest

from localcloud.dig import _system_dig, parse


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("web.devinfra.fr", ("web.devinfra.fr", "A", False)),
        ("+short web.devinfra.fr", ("web.devinfra.fr", "A", True)),
        ("+short -t TXT eks.devinfra.info", ("eks.devinfra.info", "TXT", True)),
        ("eks.devinfra.info TXT", ("eks.devinfra.info", "TXT", False)),
    ],
)
def test_known_forms(line: str, expected: tuple[str, str, bool]) -> None:
    name, kind, short = parse(line.split())
    assert (name, dns.rdatatype.to_text(kind), short) == expected


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("@8.8.8.8 devinfra.fr", "@8.8.8.8 is not known here"),
        ("+trace devinfra.fr", r"\+trace is not known here"),
        ("-x 127.0.0.1", "-x is not known here"),
        ("-t NOTHING devinfra.fr", "NOTHING is no record type"),
        ("-t", "nothing is no record type"),
        ("", r"usage: dig \[\+short\]"),
        ("one two", r"usage: dig \[\+short\]"),
    ],
)
def test_what_it_does_not_do_is_an_error(line: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse(line.split())


@pytest.mark.parametrize("real", [True, False])
def test_the_dig_of_another_local_cloud_is_not_the_systems(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, real: bool
) -> None:
    ours = '#!/bin/sh\nexec python -m localcloud.dig "$@"\n'
    folders = {"one": ours, "two": ours, **({"system": "#!/bin/sh\n"} if real else {})}
    for name, content in folders.items():
        program = tmp_path / name / "dig"
        program.parent.mkdir()
        program.write_text(content)
        program.chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join(str(tmp_path / name) for name in folders))
    assert _system_dig() == (str(tmp_path / "system" / "dig") if real else None)
