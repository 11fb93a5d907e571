"""Tags that every AWS resource of a stack carries."""

from collections.abc import Mapping

from settings.names import PROJECT


def common_tags(stack: str, tags: Mapping[str, str]) -> dict[str, str]:
    """The program's own tags and those of the stack file.

    Args:
        stack: stack name: shared, blue or green.
        tags: tags of the settings; they hold none of the program's keys.
    """
    return {**tags, "Project": PROJECT, "Stack": stack, "ManagedBy": "pulumi"}
