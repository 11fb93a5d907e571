"""What a command asks is written down as it asks it."""

import os
import subprocess
import sys
from pathlib import Path

from development.bench import questions
from development.bench.cost import ROOT
from development.bench.operator_commands import count

_PULUMI = """#!/bin/sh
case "$*" in
  *whoami*) echo '{"user": "ann", "url": "file://'"$PWD"'"}' ;;
  *) echo v3.255.0 ;;
esac
"""


def test_each_run_of_the_engine_is_written_down(tmp_path: Path) -> None:
    program = tmp_path / "bin" / "pulumi"
    program.parent.mkdir()
    program.write_text(_PULUMI)
    program.chmod(0o755)
    for name in ("Pulumi.yaml", "Pulumi.shared.yaml"):
        (tmp_path / name).write_text("{}")
    told = tmp_path / "told"
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [sys.executable, "-P", questions.__file__, str(told), "history"],
        cwd=tmp_path,
        env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "AWS_REGION": "eu-west-1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "None was recorded here yet." in done.stdout, done.stderr
    assert count(told.read_text()) == {
        ("engine", "pulumi version"): 1,
        ("engine", "pulumi --non-interactive whoami --json"): 1,
    }


def test_a_question_asked_twice_is_counted_twice() -> None:
    line = '["aws", "eks ListClusters"]\n'
    assert count(line * 2) == {("aws", "eks ListClusters"): 2}
