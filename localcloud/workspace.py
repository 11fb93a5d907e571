"""The Pulumi project of a local cloud: the shipped program with a copy of its stack files.

Pulumi writes to stack files (an encryption salt, `pulumi config set`). The copy keeps the
checkout clean, and the program itself is run where it lies.
"""

import os
import subprocess
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import yaml
from pulumi import automation

from bluegreen.world.automation_api import NamedStack, Workspace
from localcloud.aws import AwsClients
from localcloud.charts import write_stand_ins
from localcloud.state import PROJECT_ROOT, REGION, RunningCloud, StateFolder

SECRETS_KEY = "alias/pulumi-state"
"""KMS key of the stacks' secrets, as docs/aws.md makes it.

A passphrase costs each run of the engine half a second.
"""

STACKS = ("shared", "blue", "green")
"""The program's stacks, in the order in which they are first brought up."""


def prepare(state: StateFolder, cloud: RunningCloud) -> None:
    """Writes the project folder, makes the secrets' key and creates the three empty stacks.

    Raises:
        subprocess.CalledProcessError: the Pulumi CLI refused.
    """
    state.project.mkdir()
    project = yaml.safe_load((PROJECT_ROOT / "Pulumi.yaml").read_text())
    project["main"] = str(PROJECT_ROOT)
    project["runtime"]["options"]["virtualenv"] = str(PROJECT_ROOT / ".venv")
    (state.project / "Pulumi.yaml").write_text(yaml.safe_dump(project, sort_keys=False))
    write_stand_ins(state.project)
    kms = AwsClients(cloud.aws_url, REGION).kms
    key = kms.create_key(Description="secrets in the states of stacks")["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName=SECRETS_KEY, TargetKeyId=key)
    for stack in STACKS:
        name = f"Pulumi.{stack}.yaml"
        (state.project / name).write_text((PROJECT_ROOT / name).read_text())
        make_stack(state, cloud, stack)


def make_stack(
    state: StateFolder, cloud: RunningCloud, stack: str, folder: Path | None = None
) -> None:
    """Creates an empty stack.

    Args:
        state: folder of the local cloud.
        cloud: its ports.
        stack: the stack's name.
        folder: the project's; None is the platform's.

    Raises:
        subprocess.CalledProcessError: the Pulumi CLI refused.
    """
    secrets = f"awskms://{SECRETS_KEY}?region={REGION}"
    options = ("--secrets-provider", secrets, "--cwd", str(folder or state.project))
    pulumi(state, cloud, "stack", "init", stack, *options)


def enter(state: StateFolder, cloud: RunningCloud) -> None:
    """Makes this process a client of the local cloud, and of nothing else.

    The Automation API and boto3 add to this process's own environment; what leads elsewhere,
    such as an AWS_PROFILE, must be gone from it.
    """
    environment = state.environment(cloud)
    os.environ.clear()
    os.environ.update(environment)


@contextmanager
def entered(state: StateFolder, cloud: RunningCloud) -> Generator[None]:
    """`enter` for the block; afterwards this process is what it was."""
    before = dict(os.environ)
    enter(state, cloud)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def pulumi(
    state: StateFolder, cloud: RunningCloud, *arguments: str, check: bool = True
) -> "subprocess.CompletedProcess[str]":
    """Runs the Pulumi CLI in the project folder and captures what it prints.

    Raises:
        subprocess.CalledProcessError: with `check`, when it does not end with 0.
    """
    return subprocess.run(
        [str(state.bin / "pulumi"), *arguments, "--non-interactive"],
        cwd=state.project,
        env=state.environment(cloud),
        capture_output=True,
        text=True,
        check=check,
    )


def select(
    state: StateFolder, cloud: RunningCloud, stack: str, folder: Path | None = None
) -> automation.Stack:
    """A stack, through the Automation API and the CLI of this local cloud.

    What it puts out is read by `localcloud.backend.outputs`.

    Args:
        state: folder of the local cloud.
        cloud: its ports.
        stack: name of a stack that exists.
        folder: the project's; None is the platform's.
    """
    workspace = Workspace(
        folder or state.project,
        environment=state.environment(cloud),
        command=_command(str(state.root)),
    )
    return NamedStack(stack, workspace)


@cache
def _command(root: str) -> automation.PulumiCommand:
    return automation.PulumiCommand(root=root)


def set_config(stack: automation.Stack, values: Mapping[str, str], *, structured: bool) -> None:
    """Sets configuration values of the project's namespace in the copied stack file."""
    path = structured
    for key, value in values.items():
        stack.set_config(key, automation.ConfigValue(value), path=path)


def up(
    stack: automation.Stack, on_resource: Callable[[str], None] = lambda _: None
) -> automation.UpResult:
    """One plain ``pulumi up``; `on_resource` gets the type of each resource that was done.

    Raises:
        automation.CommandError: the update failed; the message is the CLI's output.
    """

    def on_event(event: automation.EngineEvent) -> None:
        done = event.res_outputs_event
        if done is not None:
            on_resource(done.metadata.type)

    return stack.up(on_event=on_event, color="never", suppress_progress=True)
