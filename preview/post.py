"""Posts a comment on the pull or merge request that a pipeline runs for, once, then updates it.

Needs nothing but Python, so that it runs from another checkout than the one that was previewed.
"""

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from preview.forge import Comment, PostError, forge
from preview.marks import LONGEST, NoMarkError, mark_of


def publish(text: str, environment: Mapping[str, str] = os.environ) -> str:
    """Posts `text`, or updates the comment with the same mark that the same token wrote.

    Args:
        text: the comment.
        environment: of the pipeline: GITHUB_* with GITHUB_TOKEN and PR_NUMBER, or CI_* with
            GITLAB_TOKEN.

    Returns:
        What was done, in one sentence.

    Raises:
        PostError: this is no pipeline of a request, the text is no comment of ours, or the
            forge refused or answered with something strange.
    """
    try:
        mark = mark_of(text)
    except NoMarkError as error:
        raise PostError(
            "this is no comment of `python -m preview`: its first line is no mark of ours"
        ) from error
    if len(text) > LONGEST:
        raise PostError(f"the comment has {len(text)} characters, more than {LONGEST}")
    place = forge(environment)
    author = place.own_name()
    known = next((it for it in place.written() if _is_ours(it, mark, author)), None)
    if known is None:
        place.post(text)
        return "the comment was posted"
    place.change(known, text)
    return "the comment was updated"


def _is_ours(comment: Comment, mark: str, author: str) -> bool:
    """Whether we wrote it: anybody can begin a comment with the mark."""
    try:
        return comment.author == author and mark_of(comment.body) == mark
    except NoMarkError:
        return False


def main(arguments: list[str] | None = None) -> int:
    """Runs the command: 0 once the comment stands, 1 with one sentence on stderr if not."""
    parser = argparse.ArgumentParser(prog="python -m preview.post", description=__doc__)
    parser.add_argument("file", type=Path, help="the comment, as `python -m preview` wrote it")
    options = parser.parse_args(arguments)
    try:
        print(publish(options.file.read_text(encoding="utf-8")))
    except UnicodeDecodeError:
        print(f"post: {options.file} is not UTF-8", file=sys.stderr)
        return 1
    except (OSError, PostError) as error:
        print(f"post: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
