"""First lines of comments, by which they are found and updated.

Needs nothing but Python: what posts comments reads them too.
"""

MARK = "<!-- eks-platform preview -->"
"""First line of the comment about a preview."""

DRIFT_MARK = "<!-- eks-platform drift -->"
"""First line of the drift report."""

LONGEST = 65_536
"""Characters of a GitHub comment; GitLab takes more."""


class NoMarkError(Exception):
    """A text is no comment of ours."""


def mark_of(text: str) -> str:
    """The mark that a comment of ours begins with.

    Raises:
        NoMarkError: its first line is not one of the marks, to the letter. Others mark their
            comments in the same way.
    """
    first = text.partition("\n")[0].rstrip("\r")
    if first not in (MARK, DRIFT_MARK):
        raise NoMarkError(first)
    return first
