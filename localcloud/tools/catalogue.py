"""Every program that the local cloud runs, with its Go module group and pinned version.

The versions themselves live in one place, the ``go.mod`` of each group below ``go/``, beside the
``go.sum`` that pins their content; this module reads them from there.
"""

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from catalogue.minors import KUBERNETES_VERSIONS, SHIPPED

MODULES = Path(__file__).parent / "go"
"""One folder, with its own go.mod, for each group of programs whose dependencies agree."""


@dataclass(frozen=True)
class Tool:
    """One program built from a Go module.

    Attributes:
        name: file name of the binary.
        group: folder below `MODULES` whose go.mod requires it.
        package: Go import path of its main package.
        module: Go module whose required version is the tool's version.
        ldflags: ``-X`` assignments; ``{version}``, ``{major}`` and ``{minor}`` are filled in.
        version_args: arguments that make the tool print its version, or empty when it cannot.
    """

    name: str
    group: str
    package: str
    module: str
    ldflags: tuple[str, ...] = ()
    version_args: tuple[str, ...] = field(default=())

    @property
    def version(self) -> str:
        """Version of the module as go.mod requires it, for example ``v1.34.4``."""
        return required_version(self.group, self.module)

    def resolved_ldflags(self) -> tuple[str, ...]:
        """Linker assignments with this tool's version filled in."""
        major, minor, _ = self.version.removeprefix("v").split(".", 2)
        return tuple(
            flag.format(version=self.version, major=major, minor=minor) for flag in self.ldflags
        )


@cache
def required_version(group: str, module: str) -> str:
    """Version of `module` required by the go.mod of `group`.

    Raises:
        LookupError: go.mod does not require the module.
    """
    text = (MODULES / group / "go.mod").read_text()
    match = re.search(rf"^\s*(?:require\s+)?{re.escape(module)}\s+(v\S+)", text, re.MULTILINE)
    if match is None:
        raise LookupError(f"{MODULES / group / 'go.mod'} does not require {module}")
    return match.group(1)


# Without these the binaries report v0.0.0-master+$Format, which clients cannot parse.
_KUBERNETES_LDFLAGS = (
    "k8s.io/component-base/version.gitVersion={version}",
    "k8s.io/component-base/version.gitMajor={major}",
    "k8s.io/component-base/version.gitMinor={minor}",
    "k8s.io/component-base/version.gitTreeState=clean",
    "k8s.io/component-base/version.gitCommit=0000000000000000000000000000000000000000",
    "k8s.io/component-base/version.buildDate=1970-01-01T00:00:00Z",
)


def _kubernetes(minor: str) -> tuple[Tool, ...]:
    names = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
    return tuple(
        Tool(
            name=name,
            group=f"kubernetes-{minor}",
            package=f"k8s.io/kubernetes/cmd/{name}",
            module="k8s.io/kubernetes",
            ldflags=_KUBERNETES_LDFLAGS,
            version_args=("--version",),
        )
        for name in names
    )


PULUMI = Tool(
    name="pulumi",
    group="pulumi",
    package="github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    module="github.com/pulumi/pulumi/pkg/v3",
    # The Automation API parses the CLI's version; a plain build has none.
    ldflags=("github.com/pulumi/pulumi/sdk/v3/go/common/version.Version={version}",),
    version_args=("version",),
)
KUBECTL = Tool(
    name="kubectl",
    group=f"kubernetes-{SHIPPED[-1]}",
    package="k8s.io/kubernetes/cmd/kubectl",
    module="k8s.io/kubernetes",
    ldflags=_KUBERNETES_LDFLAGS,
    version_args=("version", "--client"),
)
ETCD = Tool(
    name="etcd",
    group="etcd",
    package="go.etcd.io/etcd/server/v3",
    module="go.etcd.io/etcd/server/v3",
    version_args=("--version",),
)
KWOK = Tool(
    name="kwok",
    group="kwok",
    package="sigs.k8s.io/kwok/cmd/kwok",
    module="sigs.k8s.io/kwok",
    ldflags=("sigs.k8s.io/kwok/pkg/consts.Version={version}",),
    version_args=("--version",),
)
EXTERNAL_DNS = Tool(
    name="external-dns",
    group="external-dns",
    package="sigs.k8s.io/external-dns",
    module="sigs.k8s.io/external-dns",
    ldflags=("sigs.k8s.io/external-dns/pkg/apis/externaldns.Version={version}",),
    version_args=("--version",),
)
KARPENTER = Tool(
    name="karpenter",
    group="karpenter",
    package="github.com/aws/karpenter-provider-aws/cmd/controller",
    module="github.com/aws/karpenter-provider-aws",
    ldflags=("sigs.k8s.io/karpenter/pkg/operator.Version={version}",),
)
AWS_IAM_AUTHENTICATOR = Tool(
    name="aws-iam-authenticator",
    group="aws-iam-authenticator",
    package="sigs.k8s.io/aws-iam-authenticator/cmd/aws-iam-authenticator",
    module="sigs.k8s.io/aws-iam-authenticator",
    ldflags=("sigs.k8s.io/aws-iam-authenticator/pkg.Version={version}",),
    version_args=("version",),
)
METRICS_SERVER = Tool(
    name="metrics-server",
    group="kubernetes-sigs",
    package="sigs.k8s.io/metrics-server/cmd/metrics-server",
    module="sigs.k8s.io/metrics-server",
    ldflags=("k8s.io/client-go/pkg/version.gitVersion={version}",),
    version_args=("--version",),
)
DESCHEDULER = Tool(
    name="descheduler",
    group="kubernetes-sigs",
    package="sigs.k8s.io/descheduler/cmd/descheduler",
    module="sigs.k8s.io/descheduler",
    ldflags=("sigs.k8s.io/descheduler/pkg/version.version={version}",),
    version_args=("version",),
)
EXTERNAL_SECRETS = Tool(
    name="external-secrets",
    group="external-secrets",
    package="github.com/external-secrets/external-secrets",
    module="github.com/external-secrets/external-secrets",
)


def _keda(name: str, package: str) -> Tool:
    return Tool(
        name=name,
        group="keda",
        package=f"github.com/kedacore/keda/v2/cmd/{package}",
        module="github.com/kedacore/keda/v2",
        ldflags=("github.com/kedacore/keda/v2/version.Version={version}",),
    )


KEDA = _keda("keda", "operator")
KEDA_METRICS_ADAPTER = _keda("keda-adapter", "adapter")
KEDA_ADMISSION_WEBHOOKS = _keda("keda-admission-webhooks", "webhooks")

FIRST: tuple[Tool, ...] = (PULUMI, ETCD, *_kubernetes(SHIPPED[0]), KWOK)
"""What a local cloud starts with, in the order in which a cold machine builds them: enough for a
cluster of the first colour."""

LATER: tuple[tuple[Tool, ...], ...] = (
    (EXTERNAL_DNS,),
    *(_kubernetes(minor) for minor in SHIPPED[1:]),
    (KUBECTL,),
    (AWS_IAM_AUTHENTICATOR,),
)
"""What a local cloud can come up without, in the order in which a pair needs it; programs that are
needed together stand together. See `localcloud.server.later`."""

TOOLS: tuple[Tool, ...] = (*FIRST, *(tool for group in LATER for tool in group))
"""What every local cloud has in the end."""

ON_DEMAND: tuple[Tool, ...] = tuple(
    tool for minor in KUBERNETES_VERSIONS if minor not in SHIPPED for tool in _kubernetes(minor)
)
"""Control planes of the other minors: each is had once somebody asks for its minor."""


def control_plane(minor: str) -> tuple[Tool, ...]:
    """The three control plane programs of one Kubernetes minor, such as ``1.34``.

    Raises:
        LookupError: the local cloud has no control plane of that minor.
    """
    if minor not in KUBERNETES_VERSIONS:
        known = ", ".join(KUBERNETES_VERSIONS)
        raise LookupError(f"no local control plane for Kubernetes {minor}; there is {known}")
    return _kubernetes(minor)
