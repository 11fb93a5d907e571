"""What the engine says is told in few lines."""

import pytest

from bluegreen.world import engine_messages


def test_where_nobody_is_logged_in_the_advice_is_to_log_in() -> None:
    said = RuntimeError(
        "code: 255\n stderr: error: PULUMI_ACCESS_TOKEN must be set for login during"
        " non-interactive CLI sessions"
    )
    told = engine_messages.describe_failed_command(said)
    assert "run `pulumi login s3://BUCKET`" in told
    assert "PULUMI_ACCESS_TOKEN" not in told


PROGRAM = """\
Program failed with an unhandled exception:
Traceback (most recent call last):
  File "/project/__main__.py", line 7, in <module>
    main()
    ^^^^^^
  File "/project/stacks/colour.py", line 30, in main
    raise SettingsError(
stacks.SettingsError: two mistakes:
  nodeGroups: at least one
  tags: no text

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/project/__main__.py", line 9, in <module>
    stop()
RuntimeError: stopped
"""
PROGRAM_TOLD = """\
Program failed with an unhandled exception:
stacks.SettingsError: two mistakes:
  nodeGroups: at least one
  tags: no text

During handling of the above exception, another exception occurred:

RuntimeError: stopped"""
PLUGIN = """\
eks:index:Cluster resource 'eks-blue' has a problem: Connection reset by peer:
  File "/venv/pulumi/provider/server.py", line 124, in Construct
    return await self._construct(request, context)
           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
"""


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (PROGRAM, PROGRAM_TOLD),
        (PLUGIN, "eks:index:Cluster resource 'eks-blue' has a problem: Connection reset by peer:"),
        (
            "cannot be deleted:\n  two reasons\n    one",
            "cannot be deleted:\n  two reasons\n    one",
        ),
    ],
)
def test_tracebacks_are_left_to_pulumi(message: str, told: str) -> None:
    assert engine_messages.strip_tracebacks(message) == told


def test_a_killed_command_is_told_by_its_signal() -> None:
    said = " code: -9\n stdout: Updating...\n stderr: warning: something\n"
    assert (
        engine_messages.describe_failed_command(Exception(said))
        == "the engine was killed by signal 9"
    )


def test_a_failed_command_is_told_by_its_errors() -> None:
    said = "\n code: 255\n stdout: \n stderr: error: no stack named 'x' found\nmore\n"
    assert (
        engine_messages.describe_failed_command(Exception(said))
        == "stderr: error: no stack named 'x' found"
    )
