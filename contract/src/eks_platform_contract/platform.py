"""The platform, as another team's Pulumi program reads it.

Use::

    async def main() -> None:
        for platform in await Platform.colours():
            provider = kubernetes.Provider(platform.name, kubeconfig=platform.kubeconfig("admin"))

    pulumi.run(main)

Values are plain: they are known at preview, and one can loop over the colours. A program without
`async` turns any of the calls into an Output: ``pulumi.Output.from_input(Platform.active())``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import pulumi
from pulumi.runtime import get_root_resource

from eks_platform_contract import outputs
from eks_platform_contract.kubeconfig import TokenCommand, context_name
from eks_platform_contract.names import COLOURS, PROJECT, SHARED, Colour, HumanRole
from eks_platform_contract.outputs import Cluster, ColourOutputs, SharedOutputs
from eks_platform_contract.version import ContractError


class PlatformError(pulumi.RunError):
    """The platform cannot be read as asked; the message says why and what to do."""


class NoActiveColourError(PlatformError):
    """No colour is active: none was yet, or a switch is halfway. Run the program again later."""


class NoSuchColourError(PlatformError):
    """That colour has no cluster now."""


@dataclass(frozen=True, kw_only=True)
class Platform:
    """One colour of the platform, and what both colours share.

    Attributes:
        name: the colour.
        outputs: its stack's outputs.
        shared: the shared stack's outputs.
    """

    name: Colour
    outputs: ColourOutputs
    shared: SharedOutputs

    @classmethod
    async def active(cls, *, organization: str | None = None, project: str = PROJECT) -> "Platform":
        """The colour that production names point at.

        Args:
            organization: Pulumi organization of the platform; None: the program's own.
            project: name of the platform's Pulumi project.

        Raises:
            NoActiveColourError: there is none at the moment.
            PlatformError: the stacks cannot be read.
        """
        shared = await _read_shared(_Source(organization, project))
        if shared.active_colour is None:
            raise NoActiveColourError(
                "the platform has no active colour now: a switch is under way, or none was ever"
                " made active"
            )
        return await cls.colour(shared.active_colour, organization=organization, project=project)

    @classmethod
    async def colour(
        cls, name: Colour, *, organization: str | None = None, project: str = PROJECT
    ) -> "Platform":
        """A colour, whether active or not.

        Args:
            name: the colour.
            organization: Pulumi organization of the platform; None: the program's own.
            project: name of the platform's Pulumi project.

        Raises:
            NoSuchColourError: it has no cluster now.
            PlatformError: the stacks cannot be read.
        """
        source = _Source(organization, project)
        shared = await _read_shared(source)
        found = None
        # Reading a stack that does not exist is an error that cannot be caught.
        if name in shared.colours:
            found = await _read(source, name, ColourOutputs)
        if found is None:
            there = ", ".join(shared.colours) or "none"
            raise NoSuchColourError(
                f"the platform has no cluster of colour {name} now (colours: {there})"
            )
        return cls(name=name, outputs=found, shared=shared)

    @classmethod
    async def colours(
        cls, *, organization: str | None = None, project: str = PROJECT
    ) -> "tuple[Platform, ...]":
        """Every colour that has a cluster now, in a fixed order.

        What runs on all of them keeps running through a switch, with nothing to change.

        Args:
            organization: Pulumi organization of the platform; None: the program's own.
            project: name of the platform's Pulumi project.

        Raises:
            PlatformError: the stacks cannot be read.
        """
        source = _Source(organization, project)
        shared = await _read_shared(source)
        read: dict[Colour, ColourOutputs | None] = {
            name: await _read(source, name, ColourOutputs)
            for name in COLOURS
            if name in shared.colours
        }
        return tuple(
            cls(name=name, outputs=found, shared=shared)
            for name, found in read.items()
            if found is not None  # destroyed since the shared stack came up
        )

    @property
    def cluster(self) -> Cluster:
        """The colour's EKS cluster."""
        return self.outputs.cluster

    @property
    def is_active(self) -> bool:
        """Whether production names point at it."""
        return self.shared.active_colour == self.name

    def kubeconfig(
        self,
        role: HumanRole | None = None,
        *,
        profile: str | None = None,
        token_command: TokenCommand = "aws-iam-authenticator",  # noqa: S107 - a program's name
    ) -> str:
        """Kubeconfig of this colour, as `pulumi_kubernetes.Provider` takes it.

        Args:
            role: human role to take on; None: the identity that the program runs with.
            profile: AWS profile to do that with; None: whatever the environment says.
            token_command: program that makes the tokens; it must be on PATH.
        """
        config = self.outputs.kubeconfig.using(context_name(self.cluster.name, role))
        return config.with_token_command(token_command).with_profile(profile).to_text()


@dataclass(frozen=True)
class _Source:
    """Whose platform is read."""

    organization: str | None
    project: str

    def stack(self, name: str) -> str:
        organization = self.organization or pulumi.get_organization()
        return f"{organization}/{self.project}/{name}"


_references: WeakKeyDictionary[pulumi.Resource, dict[str, pulumi.StackReference]] = (
    WeakKeyDictionary()
)
"""References of each run of a program: the engine refuses a second one of the same name."""


def _reference(stack: str) -> pulumi.StackReference:
    root = get_root_resource()
    if root is None:
        raise PlatformError("Platform is for running Pulumi programs; see docs/contract.md")
    made = _references.setdefault(root, {})
    if stack not in made:
        made[stack] = pulumi.StackReference(f"contract:{stack}", stack)
    return made[stack]


async def _read_shared(source: _Source) -> SharedOutputs:
    found = await _read(source, SHARED, SharedOutputs)
    if found is None:
        raise PlatformError(f"stack {source.stack(SHARED)} has never come up: nothing to read yet")
    return found


async def _read(source: _Source, name: str, kind: type[outputs.Outputs]) -> outputs.Outputs | None:
    """Outputs of a stack; None if it has none, as before it comes up or after its end."""
    stack = source.stack(name)
    reference = _reference(stack)
    if not await reference.outputs.future():
        return None
    values = await _plain(reference, kind, stack)
    try:
        return outputs.read(kind, values, f"stack {stack}")
    except ContractError as error:
        raise PlatformError(str(error)) from None


async def _plain(
    reference: pulumi.StackReference, kind: type[outputs.Outputs], stack: str
) -> Mapping[str, Any]:
    """The outputs that are no secrets; those would be secrets no more as plain values."""
    secret = outputs.secret_names(kind)
    values: dict[str, Any] = {}
    for name in kind.model_json_schema()["properties"]:
        if name in secret:
            continue
        details = await reference.get_output_details(name)
        if details.secret_value is not None:
            raise PlatformError(
                f"output {name} of stack {stack} is a secret, which the contract says it is not:"
                " take it with pulumi.StackReference.get_output, and tell the platform team"
            )
        if details.value is not None:
            values[name] = details.value
    return values
