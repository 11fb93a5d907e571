"""What linters of others say of the project.

zizmor looks at its workflows on GitHub, checkov at those on GitLab and at its Kubernetes objects,
parliament and cloudsplaining at its IAM policies and at those that it shows as examples. ``make
lint`` runs them. What they find is mended, or excepted with a reason in ``exceptions.yaml``. Each
linter also gets something bad that it must find: one that finds nothing any more is no opinion.
"""
