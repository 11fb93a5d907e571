"""What a node reads of its user data: the platform's own, and Karpenter's."""

import pytest

from localcloud.cluster.user_data import Taint, UserDataError, parse

CLUSTER = """\
  cluster:
    name: eks-blue
    apiServerEndpoint: https://api.example.org
    certificateAuthority: UEVN
    cidr: 172.20.0.0/16
"""
HEAD = "apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec:\n"


def message(*documents: str) -> str:
    parts = [f"--//\nContent-Type: application/node.eks.aws\n\n{it}\n" for it in documents]
    head = 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="//"\n\n'
    return f"{head}{''.join(parts)}--//--\n"


KARPENTER = """\
  kubelet:
    config:
      maxPods: 29
      registerWithTaints:
        - {effect: NoExecute, key: karpenter.sh/unregistered}
        - {effect: NoSchedule, key: spot, value: "true"}
    flags:
      - --node-labels="karpenter.sh/capacity-type=spot,karpenter.sh/nodepool=spot"
"""


def test_what_karpenter_writes_is_read_labels_in_quotes_and_taints_of_the_configuration() -> None:
    ours = f"{HEAD}  kubelet:\n    config: {{shutdownGracePeriod: 45s}}\n"
    config = parse(message(ours, HEAD + CLUSTER + KARPENTER))
    assert config.labels == {
        "karpenter.sh/capacity-type": "spot",
        "karpenter.sh/nodepool": "spot",
    }
    assert config.taints == (
        Taint("karpenter.sh/unregistered", "", "NoExecute"),
        Taint("spot", "true", "NoSchedule"),
    )
    assert config.max_pods == 29


def test_flags_count_too_and_nodeadm_counts_pods_where_nothing_is_said() -> None:
    flags = "  kubelet:\n    flags: ['--register-with-taints=a=b:NoSchedule,c=:NoExecute']\n"
    config = parse(message(HEAD + CLUSTER + flags))
    assert config.taints == (Taint("a", "b", "NoSchedule"), Taint("c", "", "NoExecute"))
    assert config.max_pods is None


def test_a_taint_without_effect_makes_no_node() -> None:
    taints = "  kubelet: {config: {registerWithTaints: [{key: a}]}}\n"
    with pytest.raises(UserDataError, match="registerWithTaints has no 'effect'"):
        parse(message(HEAD + CLUSTER + taints))
