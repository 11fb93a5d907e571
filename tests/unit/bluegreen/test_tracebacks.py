"""What the command shows of itself when something happens that nobody foresaw."""

import os
import subprocess
import sys

import pytest

SECRET = "planted-in-a-local-5d1f"
CRASH = f"""
import sys
from bluegreen import cli

def crash(*_, **__):
    passphrase = "".join({list(SECRET)!r})
    raise RuntimeError(f"unforeseen: {{len(passphrase)}}")

cli._context = crash
sys.argv = ["bluegreen", *sys.argv[1:]]
cli.main()
"""


@pytest.mark.parametrize("shown", [{}, {"TYPER_STANDARD_TRACEBACK": "1"}], ids=["typer", "python"])
def test_a_traceback_shows_no_value_of_a_variable(shown: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CRASH, "status", "--json"],
        env={**os.environ, **shown},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 70
    assert f"unforeseen: {len(SECRET)}" in done.stderr
    assert SECRET not in done.stdout + done.stderr
