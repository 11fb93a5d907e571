"""The AWS side of the load balancer controller: balancers with their groups, tagged as its own."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from botocore.exceptions import ClientError

from localcloud.cluster.spec import ClusterSpec
from localcloud.cluster.wanted_balancers import Backend, Listener, Wanted

if TYPE_CHECKING:
    from mypy_boto3_elbv2.type_defs import ActionTypeDef, RuleConditionTypeDef

    from localcloud.aws import AwsClients

Targets: TypeAlias = Mapping[Backend, frozenset[tuple[str, int]]]
"""Addresses and ports of the ready pods behind each backend."""

CLUSTER_TAG = "elbv2.k8s.aws/cluster"
_NOT_FOUND: "ActionTypeDef" = {
    "Type": "fixed-response",
    "FixedResponseConfig": {"StatusCode": "404", "ContentType": "text/plain"},
}


class Balancers:
    """Makes, changes and deletes the load balancers of one cluster."""

    def __init__(self, spec: ClusterSpec, aws: "AwsClients") -> None:
        self._spec = spec
        self._aws = aws

    def ensure(self, wanted: Wanted, targets: Targets, *, only_targets: bool = False) -> str:
        """Makes everything as wanted; gives the load balancer's host name.

        Args:
            wanted: what the object asks for.
            targets: which pods are ready.
            only_targets: whether nothing else has changed since the last time.

        Raises:
            LookupError: no subnet is marked for it.
            ClientError: AWS refuses something.
        """
        name = self._name(wanted)
        found = self._find(name)
        if found is None:
            groups = [*wanted.security_groups] or [
                self._frontend_group(wanted),
                self._backend_group(),
            ]
            found = self._aws.elbv2.create_load_balancer(
                Name=name,
                Type=wanted.kind,
                Scheme=wanted.scheme,
                Subnets=self._subnets(wanted.scheme),
                SecurityGroups=groups,
                Tags=self._tags(wanted, "LoadBalancer"),
            )["LoadBalancers"][0]
        arns = {backend: self._target_group(wanted, backend) for backend in wanted.backends}
        if not only_targets:
            self._set_listeners(found["LoadBalancerArn"], wanted, arns)
            self._drop_target_groups(wanted, keep=set(arns.values()))
        for backend, arn in arns.items():
            self._set_targets(arn, targets.get(backend, frozenset()))
        return found["DNSName"]

    def delete(self, wanted: Wanted) -> None:
        """Deletes all that was made for an object, and what all share once nobody needs it."""
        found = self._find(self._name(wanted))
        if found is not None:
            arn = found["LoadBalancerArn"]
            self._drop_listeners(arn)
            self._aws.elbv2.delete_load_balancer(LoadBalancerArn=arn)
        self._drop_target_groups(wanted, keep=set())
        self._drop_groups(f"{wanted.tag_prefix}/stack", wanted.stack)
        if not self._arns_of_cluster():
            self._drop_groups("elbv2.k8s.aws/resource", "backend-sg")

    def _name(self, wanted: Wanted, *more: str) -> str:
        parts = (self._spec.name, wanted.kind, wanted.namespace, wanted.name, *more)
        digest = hashlib.sha256("/".join(parts).encode()).hexdigest()[:10]
        namespace, name = (
            "".join(c for c in part if c.isalnum())[:8] for part in (wanted.namespace, wanted.name)
        )
        return f"k8s-{namespace}-{name}-{digest}"

    def _tags(self, wanted: Wanted, resource: str) -> list[Any]:
        return [
            {"Key": CLUSTER_TAG, "Value": self._spec.name},
            {"Key": f"{wanted.tag_prefix}/stack", "Value": wanted.stack},
            {"Key": f"{wanted.tag_prefix}/resource", "Value": resource},
        ]

    def _find(self, name: str) -> Any:  # noqa: ANN401 - boto3's own shape, or None
        for page in self._aws.elbv2.get_paginator("describe_load_balancers").paginate():
            for balancer in page["LoadBalancers"]:
                if balancer["LoadBalancerName"] == name:
                    return balancer
        return None

    def _arns_of_cluster(self) -> list[str]:
        """ARNs of the cluster's load balancers."""
        pages = self._aws.elbv2.get_paginator("describe_load_balancers").paginate()
        return self._tagged([b["LoadBalancerArn"] for page in pages for b in page["LoadBalancers"]])

    def _tagged(self, arns: Sequence[str], *more: tuple[str, str]) -> list[str]:
        """Those of `arns` that carry the cluster's tag, and every other tag that is asked for."""
        if not arns:
            return []
        wanted = {(CLUSTER_TAG, self._spec.name), *more}
        described = self._aws.elbv2.describe_tags(ResourceArns=[*arns])["TagDescriptions"]
        return [
            entry["ResourceArn"]
            for entry in described
            if wanted <= {(tag["Key"], tag.get("Value", "")) for tag in entry["Tags"]}
        ]

    def _subnets(self, scheme: str) -> Sequence[str]:
        """The subnets that tags mark for this scheme and this cluster."""
        role = "elb" if scheme == "internet-facing" else "internal-elb"
        found = self._aws.ec2.describe_subnets(
            Filters=[
                {"Name": "vpc-id", "Values": [self._spec.vpc_id]},
                {"Name": f"tag:kubernetes.io/role/{role}", "Values": ["1", ""]},
                {
                    "Name": f"tag:kubernetes.io/cluster/{self._spec.name}",
                    "Values": ["shared", "owned"],
                },
            ]
        )["Subnets"]
        if not found:
            raise LookupError(
                f"no subnet of {self._spec.vpc_id} has the tags kubernetes.io/role/{role}"
                f" and kubernetes.io/cluster/{self._spec.name}"
            )
        return [subnet["SubnetId"] for subnet in found]

    def _frontend_group(self, wanted: Wanted) -> str:
        """The object's own security group, open to its sources at its ports."""
        tags = self._tags(wanted, "ManagedLBSecurityGroup")
        group, made = self._security_group(
            self._name(wanted), "[k8s] Managed SecurityGroup for LoadBalancer", tags
        )
        if made and wanted.listeners:
            self._aws.ec2.authorize_security_group_ingress(
                GroupId=group,
                IpPermissions=[
                    {
                        "IpProtocol": "udp" if listener.protocol == "UDP" else "tcp",
                        "FromPort": listener.port,
                        "ToPort": listener.port,
                        "IpRanges": [{"CidrIp": source} for source in wanted.sources],
                    }
                    for listener in wanted.listeners
                ],
            )
        return group

    def _backend_group(self) -> str:
        """The security group that all of the cluster's load balancers share towards nodes."""
        digest = hashlib.sha256(self._spec.name.encode()).hexdigest()[:10]
        name = "".join(c for c in self._spec.name if c.isalnum())
        tags = [
            {"Key": CLUSTER_TAG, "Value": self._spec.name},
            {"Key": "elbv2.k8s.aws/resource", "Value": "backend-sg"},
        ]
        description = "[k8s] Shared Backend SecurityGroup for LoadBalancer"
        return self._security_group(f"k8s-traffic-{name}-{digest}", description, tags)[0]

    def _security_group(self, name: str, description: str, tags: list[Any]) -> tuple[str, bool]:
        """Id of a security group by name, and whether it was made now."""
        found = self._aws.ec2.describe_security_groups(
            Filters=[
                {"Name": "vpc-id", "Values": [self._spec.vpc_id]},
                {"Name": "group-name", "Values": [name]},
            ]
        )["SecurityGroups"]
        if found:
            return found[0]["GroupId"], False
        made = self._aws.ec2.create_security_group(
            GroupName=name,
            Description=description,
            VpcId=self._spec.vpc_id,
            TagSpecifications=[{"ResourceType": "security-group", "Tags": tags}],
        )
        return made["GroupId"], True

    def _drop_groups(self, key: str, value: str) -> None:
        found = self._aws.ec2.describe_security_groups(
            Filters=[
                {"Name": f"tag:{CLUSTER_TAG}", "Values": [self._spec.name]},
                {"Name": f"tag:{key}", "Values": [value]},
            ]
        )["SecurityGroups"]
        for group in found:
            self._aws.ec2.delete_security_group(GroupId=group["GroupId"])

    def _target_group(self, wanted: Wanted, backend: Backend) -> str:
        name = self._name(wanted, backend.service, str(backend.port))
        try:
            found = self._aws.elbv2.describe_target_groups(Names=[name])["TargetGroups"]
        except ClientError:
            found = []  # the API's way to say that there is none
        if found:
            return found[0]["TargetGroupArn"]
        protocol = "HTTP" if wanted.kind == "application" else _protocol(wanted, backend)
        return self._aws.elbv2.create_target_group(
            Name=name,
            Protocol=protocol,  # pyright: ignore[reportArgumentType] - one of the API's
            Port=backend.port if isinstance(backend.port, int) and backend.port else 80,
            VpcId=self._spec.vpc_id,
            TargetType="ip",
            Tags=self._tags(wanted, f"{wanted.stack}-{backend.service}:{backend.port}"),
        )["TargetGroups"][0]["TargetGroupArn"]

    def _drop_target_groups(self, wanted: Wanted, *, keep: set[str]) -> None:
        pages = self._aws.elbv2.get_paginator("describe_target_groups").paginate()
        arns = [group["TargetGroupArn"] for page in pages for group in page["TargetGroups"]]
        own = self._tagged(arns, (f"{wanted.tag_prefix}/stack", wanted.stack))
        for arn in own:
            if arn not in keep:
                self._aws.elbv2.delete_target_group(TargetGroupArn=arn)

    def _set_targets(self, arn: str, ready: frozenset[tuple[str, int]]) -> None:
        """Registers the ready pods and no others; what is registered is healthy in moto."""
        health = self._aws.elbv2.describe_target_health(TargetGroupArn=arn)
        known = {
            (entry["Target"]["Id"], entry["Target"].get("Port", 0))
            for entry in health["TargetHealthDescriptions"]
        }
        for call, pods in (
            (self._aws.elbv2.deregister_targets, known - ready),
            (self._aws.elbv2.register_targets, ready - known),
        ):
            if pods:
                targets: list[Any] = [{"Id": ip, "Port": port} for ip, port in sorted(pods)]
                call(TargetGroupArn=arn, Targets=targets)

    def _drop_listeners(self, balancer: str) -> None:
        listeners = self._aws.elbv2.describe_listeners(LoadBalancerArn=balancer)["Listeners"]
        for listener in listeners:
            self._aws.elbv2.delete_listener(ListenerArn=listener["ListenerArn"])

    def _set_listeners(self, balancer: str, wanted: Wanted, arns: Mapping[Backend, str]) -> None:
        """Makes all listeners anew: nothing is served, so nothing is interrupted."""
        self._drop_listeners(balancer)
        for listener in wanted.listeners:
            default = arns.get(listener.backend) if listener.backend else None
            more: dict[str, Any] = {}
            if _is_encrypted(listener):
                more["Certificates"] = [{"CertificateArn": arn} for arn in wanted.certificates]
            made = self._aws.elbv2.create_listener(
                LoadBalancerArn=balancer,
                Protocol=listener.protocol,  # pyright: ignore[reportArgumentType]
                Port=listener.port,
                DefaultActions=[_forward(default) if default else _NOT_FOUND],
                **more,
            )["Listeners"][0]["ListenerArn"]
            for priority, route in enumerate(wanted.routes, start=1):
                conditions: list[RuleConditionTypeDef] = [
                    {"Field": "path-pattern", "PathPatternConfig": {"Values": [*route.paths]}}
                ]
                if route.host:
                    conditions.append({"Field": "host-header", "Values": [route.host]})
                self._aws.elbv2.create_rule(
                    ListenerArn=made,
                    Conditions=conditions,
                    Priority=priority,
                    Actions=[_forward(arns[route.backend])],
                )


def _forward(arn: str) -> "ActionTypeDef":
    return {"Type": "forward", "TargetGroupArn": arn}


def _is_encrypted(listener: Listener) -> bool:
    return listener.protocol in ("HTTPS", "TLS")


def _protocol(wanted: Wanted, backend: Backend) -> str:
    return next(entry.protocol for entry in wanted.listeners if entry.backend == backend)
