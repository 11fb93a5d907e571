"""What linters of others say of the project.

zizmor looks at its workflows, parliament and cloudsplaining at its IAM policies, checkov at its
Kubernetes objects. ``make lint`` runs them. What they find is mended, or excepted with a reason in
``exceptions.yaml``. Each linter also gets something bad that it must find: one that finds nothing
any more is no opinion.
"""
