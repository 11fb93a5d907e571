"""What the command imports before it asks anything."""

import subprocess
import sys

import pytest

HEAVY = {"boto3", "botocore", "dns", "kubernetes", "pulumi", "settings", "teardown", "yaml"}


@pytest.mark.parametrize(
    "words", [["--help"], ["--version"], ["status", "--help"], ["switch", "--to", "gren"]]
)
def test_help_and_mistakes_need_nothing_that_asks_the_platform(words: list[str]) -> None:
    code = (
        "import sys, bluegreen.cli\n"
        "try: bluegreen.cli.main()\n"
        "finally: print(*sys.modules, sep='\\n', file=sys.stderr)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=False
    )
    assert ran.returncode in (0, 2), ran.stderr
    assert {name.partition(".")[0] for name in ran.stderr.split()} & HEAVY == set()


def test_every_module_that_is_imported_on_demand_exists() -> None:
    code = (
        "import bluegreen.cli as cli, bluegreen.init_command as init\n"
        "from importlib.util import find_spec\n"
        "from bluegreen.on_demand import OnDemand\n"
        "found = [it for m in (cli, init) for it in vars(m).values() if isinstance(it, OnDemand)]\n"
        "missing = [it._name for it in found if find_spec(it._name) is None]\n"
        "assert len(found) > 20 and not missing, missing\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
