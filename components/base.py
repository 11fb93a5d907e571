"""What every component has in common: a type, tags, children under it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import pulumi

PROJECT = "eks-platform"


@dataclass(frozen=True, kw_only=True)
class ComponentArgs:
    """Base of every component's arguments.

    What the stack file says comes whole, as the `settings` of the component's part of it; beside
    it stands what other components and stacks give.

    Attributes:
        tags: tags that every AWS resource of the component carries.
    """

    tags: Mapping[str, str]

    def named(self, name: str, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """Tags of one resource: the common ones, its Name, and `extra`."""
        return {**self.tags, "Name": name, **(extra or {})}


class Component(pulumi.ComponentResource):
    """Base of every component; subclasses set `MODULE` and call `register_outputs`.

    Pulumi type: ``eks-platform:MODULE:CLASS``.
    """

    MODULE: ClassVar[str]
    """Module part of the Pulumi type: camelCase name of the Python module."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(f"{PROJECT}:{self.MODULE}:{type(self).__name__}", name, {}, opts)

    def child(
        self,
        *,
        depends_on: Sequence[pulumi.Resource] = (),
        protect: bool = False,
        ignore_changes: Sequence[str] = (),
        delete_before_replace: bool = False,
        fixed_fields: Sequence[str] = (),
        provider: pulumi.ProviderResource | None = None,
        hooks: pulumi.ResourceHookBinding | None = None,
        transforms: Sequence[pulumi.ResourceTransform] = (),
        retain_on_delete: bool = False,
        import_: str | None = None,
    ) -> pulumi.ResourceOptions:
        """Options of a child: this component as its parent, and the given ones.

        Args:
            depends_on: made before it.
            protect: whether to refuse its deletion.
            ignore_changes: properties whose changes are left alone.
            delete_before_replace: whether the old one goes first.
            fixed_fields: properties with which it must be made anew, the old one going first.
            provider: of another kind than the parent's.
            hooks: what runs before or after operations on it.
            transforms: change what the child and those below it are registered with.
            retain_on_delete: whether it stays when it is no longer declared.
            import_: id of what exists already and is taken over.
        """
        return pulumi.ResourceOptions(
            parent=self,
            depends_on=list(depends_on),
            protect=protect or None,
            ignore_changes=list(ignore_changes),
            delete_before_replace=delete_before_replace or bool(fixed_fields) or None,
            replace_on_changes=list(fixed_fields) or None,
            provider=provider,
            hooks=hooks,
            transforms=list(transforms) or None,
            retain_on_delete=retain_on_delete or None,
            import_=import_,
        )
