"""Sets on GitHub what no file sets there: environments with their reviewers, and rulesets.

``.github/environments.yaml`` and ``.github/rulesets/`` say what is wanted. GitHub reads neither;
``python -m development.protection`` says what differs, and sets it with ``--apply``.
"""
