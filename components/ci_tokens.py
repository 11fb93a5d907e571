"""Which tokens of a forge open the role of a pipeline: pure, from the settings alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from settings.ci import Ci, GitHub, GitLab
from settings.names import COLOURS, SHARED
from settings.regions import partition_of

GITHUB = "token.actions.githubusercontent.com"
"""Issuer of tokens of GitHub Actions."""

STACKS = (SHARED, *COLOURS)

_WITH_CLAIMS = "aws"
"""Partition whose STS compares claims of GitHub's tokens besides their subject.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif"""


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """Tokens of one kind of job; each of these must be as it is written.

    Attributes:
        audience: who they are for.
        subject: what runs, of which repository or project.
        ref: Git ref that it runs for; empty where the subject says it, or nothing compares it.
    """

    audience: str
    subject: str
    ref: str = ""

    def conditions(self, issuer: str) -> Mapping[str, Mapping[str, str]]:
        """The conditions of a trust policy that let these in, and nothing else."""
        ref = {f"{issuer}:ref": self.ref} if self.ref else {}
        claims = {f"{issuer}:aud": self.audience, f"{issuer}:sub": self.subject, **ref}
        return {"StringEquals": claims}


@dataclass(frozen=True, kw_only=True)
class PipelineTokens:
    """Whose tokens open which role.

    Attributes:
        issuer: issuer of the tokens, without ``https://``.
        preview: of jobs that preview, each kind of them.
        drift: of jobs that look for drift.
        up: of the job that updates a stack, by stack.
    """

    issuer: str
    preview: Sequence[Tokens]
    drift: Tokens
    up: Mapping[str, Tokens]

    @property
    def audiences(self) -> Sequence[str]:
        """Audiences that the OIDC provider must know, each once."""
        known = (*self.preview, self.drift, *self.up.values())
        return list(dict.fromkeys(it.audience for it in known))


def pipeline_tokens(ci: Ci, region: str) -> PipelineTokens:
    """Whose tokens open the roles of the settings.

    Args:
        ci: settings of pipelines.
        region: AWS region of the platform.
    """
    if ci.github is not None:
        return _of_github(ci.github, with_claims=partition_of(region) == _WITH_CLAIMS)
    assert ci.gitlab is not None  # noqa: S101 - the settings hold one of both
    return _of_gitlab(ci.gitlab)


def _of_github(forge: GitHub, *, with_claims: bool) -> PipelineTokens:
    """A job of GitHub asks for tokens while it runs, so its environment is what tells it apart.

    A pull request's job has the environment ``preview``, which waits for a reviewer: what it runs
    can open the state. See https://docs.github.com/en/actions/reference/security/oidc.
    """

    def job(environment: str, ref: str) -> Tokens:
        subject = f"{forge.subject}:environment:{environment}"
        return Tokens(audience=forge.audience, subject=subject, ref=ref if with_claims else "")

    branch = f"refs/heads/{forge.branch}"
    main = job("main", branch)
    return PipelineTokens(
        issuer=GITHUB,
        preview=[job("preview", ""), main] if forge.pull_requests else [main],
        drift=main,
        up={stack: job(stack, branch) for stack in STACKS},
    )


def _of_gitlab(forge: GitLab) -> PipelineTokens:
    """A job of GitLab gets the tokens that its definition lists, and they name its branch alone.

    So all jobs are of the main branch's pipelines, which only those who may merge can start, and
    whose definitions a merge request cannot change. Where a job runs the code of a merge request,
    its token has an audience of its own, which no other role takes.
    See https://docs.gitlab.com/ci/secrets/id_token_authentication/.
    """
    subject = f"project_path:{forge.project}:ref_type:branch:ref:{forge.branch}"
    main = Tokens(audience=forge.audience, subject=subject)
    return PipelineTokens(
        issuer=forge.host,
        preview=[Tokens(audience=forge.preview_audience, subject=subject)],
        drift=main,
        up=dict.fromkeys(STACKS, main),
    )
