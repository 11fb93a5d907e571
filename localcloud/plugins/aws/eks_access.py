"""EKS access entries and their policies."""

from localcloud.plugins.aws.clients import found
from localcloud.plugins.aws.eks import EksType
from localcloud.plugins.aws.properties import FIXED, KEY, PLAIN, REQUIRED, SET, TAGS, Property
from localcloud.plugins.aws.resource import ResourceType, drop_none, with_tags
from localcloud.plugins.plugin import Object


class AccessEntry(EksType):
    """An access entry; its id is ``CLUSTER:PRINCIPAL``."""

    token = "aws:eks/accessEntry:AccessEntry"
    # One entry of a principal at a time.
    delete_first = True
    properties = {
        "clusterName": KEY,
        "principalArn": KEY,
        "type": FIXED,
        "kubernetesGroups": SET,
        "userName": PLAIN,
        **TAGS,
    }

    def create(self, inputs: Object, timeout: float) -> str:
        self.aws.eks.create_access_entry(
            **drop_none(
                clusterName=inputs["clusterName"],
                principalArn=inputs["principalArn"],
                type=inputs.get("type"),
                kubernetesGroups=inputs.get("kubernetesGroups"),
                username=inputs.get("userName"),
                tags=inputs.get("tags") or None,
            )
        )
        return f"{inputs['clusterName']}:{inputs['principalArn']}"

    def read(self, resource_id: str, state: Object) -> Object | None:
        cluster, principal = resource_id.split(":", 1)
        answer = found(
            lambda: self.aws.eks.describe_access_entry(clusterName=cluster, principalArn=principal)
        )
        if answer is None:
            return None
        entry = answer["accessEntry"]
        return with_tags(
            {
                "id": resource_id,
                "accessEntryArn": entry["accessEntryArn"],
                "clusterName": cluster,
                "principalArn": principal,
                "type": entry["type"],
                "kubernetesGroups": entry.get("kubernetesGroups", []),
                "userName": entry.get("username"),
                "createdAt": str(entry.get("createdAt", "")),
            },
            entry.get("tags", {}),
        )

    def update(
        self, resource_id: str, olds: Object, news: Object, changed: frozenset[str], timeout: float
    ) -> None:
        cluster, principal = resource_id.split(":", 1)
        if changed & {"kubernetesGroups", "userName"}:
            self.aws.eks.update_access_entry(
                clusterName=cluster,
                principalArn=principal,
                kubernetesGroups=news.get("kubernetesGroups", []),
                **drop_none(username=news.get("userName")),
            )
        self.retag(olds["accessEntryArn"], olds, news)

    def delete(self, resource_id: str, state: Object, timeout: float) -> None:
        cluster, principal = resource_id.split(":", 1)
        self.aws.eks.delete_access_entry(clusterName=cluster, principalArn=principal)


class AccessPolicyAssociation(ResourceType):
    """An access policy of an access entry; its id is ``CLUSTER#PRINCIPAL#POLICY``."""

    token = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
    # Another scope is put in the old one's place: deleting that later would take it away.
    delete_first = True
    properties = {
        "clusterName": KEY,
        "principalArn": KEY,
        "policyArn": KEY,
        "accessScope": Property(
            required=True, replaces=True, fields={"type": REQUIRED, "namespaces": SET}
        ),
    }

    def create(self, inputs: Object, timeout: float) -> str:
        self.aws.eks.associate_access_policy(
            clusterName=inputs["clusterName"],
            principalArn=inputs["principalArn"],
            policyArn=inputs["policyArn"],
            accessScope=inputs["accessScope"],
        )
        return f"{inputs['clusterName']}#{inputs['principalArn']}#{inputs['policyArn']}"

    def read(self, resource_id: str, state: Object) -> Object | None:
        cluster, principal, policy = resource_id.split("#")
        answer = found(
            lambda: self.aws.eks.list_associated_access_policies(
                clusterName=cluster, principalArn=principal
            )
        )
        for item in answer["associatedAccessPolicies"] if answer else []:
            if item.get("policyArn") == policy:
                return {
                    "id": resource_id,
                    "clusterName": cluster,
                    "principalArn": principal,
                    "policyArn": policy,
                    "accessScope": item.get("accessScope"),
                    "associatedAt": str(item.get("associatedAt", "")),
                }
        return None

    def update(
        self, resource_id: str, olds: Object, news: Object, changed: frozenset[str], timeout: float
    ) -> None:
        self.unsupported(changed)

    def delete(self, resource_id: str, state: Object, timeout: float) -> None:
        cluster, principal, policy = resource_id.split("#")
        self.aws.eks.disassociate_access_policy(
            clusterName=cluster, principalArn=principal, policyArn=policy
        )
