"""IAM resource types."""

import json

from localcloud.plugins.aws.clients import found, tag_list
from localcloud.plugins.aws.properties import FIXED, KEY, OURS, PLAIN, TAGS, Property
from localcloud.plugins.aws.resource import ResourceType, drop_none, tag_changes, tags_of, with_tags
from localcloud.plugins.plugin import Object

_SESSION = 3600  # seconds; what AWS takes when none is given
_POLICY = Property(required=True, document=True)


class Role(ResourceType):
    """A role; its policies are resources of their own."""

    token = "aws:iam/role:Role"
    autoname = "name"
    regional = False
    properties = {
        "name": FIXED,
        "namePrefix": FIXED,
        "path": FIXED,
        "assumeRolePolicy": _POLICY,
        "description": OURS,
        "forceDetachPolicies": PLAIN,
        "maxSessionDuration": PLAIN,
        "permissionsBoundary": OURS,
        **TAGS,
    }

    def create(self, inputs: Object, timeout: float) -> str:
        self.aws.iam.create_role(
            **drop_none(
                RoleName=inputs["name"],
                Path=inputs.get("path"),
                AssumeRolePolicyDocument=inputs["assumeRolePolicy"],
                Description=inputs.get("description"),
                MaxSessionDuration=inputs.get("maxSessionDuration"),
                PermissionsBoundary=inputs.get("permissionsBoundary"),
            ),
            Tags=tag_list(inputs.get("tags")),
        )
        return inputs["name"]

    def read(self, resource_id: str, state: Object) -> Object | None:
        role = found(lambda: self.aws.iam.get_role(RoleName=resource_id)["Role"])
        if role is None:
            return None
        return with_tags(
            {
                "id": resource_id,
                "arn": role["Arn"],
                "name": role["RoleName"],
                "path": role["Path"],
                "uniqueId": role["RoleId"],
                "assumeRolePolicy": _text(role.get("AssumeRolePolicyDocument")),
                "description": role.get("Description") or None,
                "maxSessionDuration": role.get("MaxSessionDuration", _SESSION),
                "permissionsBoundary": role.get("PermissionsBoundary", {}).get(
                    "PermissionsBoundaryArn"
                ),
            },
            tags_of(role.get("Tags")),
        )

    def update(
        self, resource_id: str, olds: Object, news: Object, changed: frozenset[str], timeout: float
    ) -> None:
        self.unsupported(
            changed,
            "assumeRolePolicy",
            "description",
            "forceDetachPolicies",
            "maxSessionDuration",
            "permissionsBoundary",
            "tags",
        )
        if "assumeRolePolicy" in changed:
            self.aws.iam.update_assume_role_policy(
                RoleName=resource_id, PolicyDocument=news["assumeRolePolicy"]
            )
        if changed & {"description", "maxSessionDuration"}:
            self.aws.iam.update_role(
                RoleName=resource_id,
                Description=news.get("description", ""),
                MaxSessionDuration=news.get("maxSessionDuration", _SESSION),
            )
        if "permissionsBoundary" in changed:
            self._limit(resource_id, news.get("permissionsBoundary"))
        self._retag(resource_id, olds, news)

    def _limit(self, role: str, boundary: str | None) -> None:
        if boundary:
            self.aws.iam.put_role_permissions_boundary(RoleName=role, PermissionsBoundary=boundary)
        else:
            self.aws.iam.delete_role_permissions_boundary(RoleName=role)

    def _retag(self, role: str, olds: Object, news: Object) -> None:
        added, removed = tag_changes(olds, news)
        if removed:
            self.aws.iam.untag_role(RoleName=role, TagKeys=removed)
        if added:
            self.aws.iam.tag_role(RoleName=role, Tags=tag_list(added))

    def delete(self, resource_id: str, state: Object, timeout: float) -> None:
        if state.get("forceDetachPolicies"):
            found(lambda: self._strip(resource_id))
        self.aws.iam.delete_role(RoleName=resource_id)

    def _strip(self, role: str) -> None:
        for attached in self.aws.iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
            self.aws.iam.detach_role_policy(RoleName=role, PolicyArn=attached["PolicyArn"])
        for name in self.aws.iam.list_role_policies(RoleName=role)["PolicyNames"]:
            self.aws.iam.delete_role_policy(RoleName=role, PolicyName=name)


def _text(document: object) -> str:
    """A policy document as JSON: boto3 gives it decoded."""
    return document if isinstance(document, str) else json.dumps(document)


class RolePolicy(ResourceType):
    """An inline policy of a role; its id is ``ROLE:NAME``."""

    token = "aws:iam/rolePolicy:RolePolicy"
    autoname = "name"
    regional = False
    properties = {"name": FIXED, "namePrefix": FIXED, "role": KEY, "policy": _POLICY}

    def create(self, inputs: Object, timeout: float) -> str:
        self._put(inputs)
        return f"{inputs['role']}:{inputs['name']}"

    def _put(self, inputs: Object) -> None:
        self.aws.iam.put_role_policy(
            RoleName=inputs["role"], PolicyName=inputs["name"], PolicyDocument=inputs["policy"]
        )

    def read(self, resource_id: str, state: Object) -> Object | None:
        role, name = resource_id.split(":", 1)
        answer = found(lambda: self.aws.iam.get_role_policy(RoleName=role, PolicyName=name))
        if answer is None:
            return None
        policy = _text(answer["PolicyDocument"])
        return {"id": resource_id, "role": role, "name": name, "policy": policy}

    def update(
        self, resource_id: str, olds: Object, news: Object, changed: frozenset[str], timeout: float
    ) -> None:
        self._put(news)

    def delete(self, resource_id: str, state: Object, timeout: float) -> None:
        role, name = resource_id.split(":", 1)
        self.aws.iam.delete_role_policy(RoleName=role, PolicyName=name)


class RolePolicyAttachment(ResourceType):
    """A managed policy on a role; its id is ``ROLE/ARN``."""

    token = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    regional = False
    properties = {"role": KEY, "policyArn": KEY}

    def create(self, inputs: Object, timeout: float) -> str:
        self.aws.iam.attach_role_policy(RoleName=inputs["role"], PolicyArn=inputs["policyArn"])
        return f"{inputs['role']}/{inputs['policyArn']}"

    def read(self, resource_id: str, state: Object) -> Object | None:
        role, policy = resource_id.split("/", 1)
        answer = found(lambda: self.aws.iam.list_attached_role_policies(RoleName=role))
        attached = answer["AttachedPolicies"] if answer else []
        if not any(item.get("PolicyArn") == policy for item in attached):
            return None
        return {"id": resource_id, "role": role, "policyArn": policy}

    def update(
        self, resource_id: str, olds: Object, news: Object, changed: frozenset[str], timeout: float
    ) -> None:
        self.unsupported(changed)

    def delete(self, resource_id: str, state: Object, timeout: float) -> None:
        role, policy = resource_id.split("/", 1)
        self.aws.iam.detach_role_policy(RoleName=role, PolicyArn=policy)


class InstanceProfile(ResourceType):
    """An instance profile with its one role."""

    token = "aws:iam/instanceProfile:InstanceProfile"
    autoname = "name"
    regional = False
    properties = {"name": FIXED, "namePrefix": FIXED, "path": FIXED, "role": OURS, **TAGS}

    def create(self, inputs: Object, timeout: float) -> str:
        self.aws.iam.create_instance_profile(
            **drop_none(InstanceProfileName=inputs["name"], Path=inputs.get("path")),
            Tags=tag_list(inputs.get("tags")),
        )
        if inputs.get("role"):
            self.aws.iam.add_role_to_instance_profile(
                InstanceProfileName=inputs["name"], RoleName=inputs["role"]
            )
        return inputs["name"]

    def read(self, resource_id: str, state: Object) -> Object | None:
        answer = found(lambda: self.aws.iam.get_instance_profile(InstanceProfileName=resource_id))
        if answer is None:
            return None
        profile = answer["InstanceProfile"]
        roles = profile.get("Roles", [])
        return with_tags(
            {
                "id": resource_id,
                "arn": profile["Arn"],
                "name": profile["InstanceProfileName"],
                "path": profile["Path"],
                "uniqueId": profile["InstanceProfileId"],
                "role": roles[0]["RoleName"] if roles else None,
            },
            tags_of(profile.get("Tags")),
        )

    def update(
        self, resource_id: str, olds: Object, news: Object, changed: frozenset[str], timeout: float
    ) -> None:
        self.unsupported(changed, "role", "tags")
        if "role" in changed:
            self._remove_role(resource_id)
            if news.get("role"):
                self.aws.iam.add_role_to_instance_profile(
                    InstanceProfileName=resource_id, RoleName=news["role"]
                )
        added, removed = tag_changes(olds, news)
        if removed:
            self.aws.iam.untag_instance_profile(InstanceProfileName=resource_id, TagKeys=removed)
        if added:
            self.aws.iam.tag_instance_profile(
                InstanceProfileName=resource_id,
                Tags=tag_list(added),
            )

    def _remove_role(self, name: str) -> None:
        real = self.read(name, {})
        role = real["role"] if real else None
        if role:
            found(
                lambda: self.aws.iam.remove_role_from_instance_profile(
                    InstanceProfileName=name, RoleName=role
                )
            )

    def delete(self, resource_id: str, state: Object, timeout: float) -> None:
        self._remove_role(resource_id)
        self.aws.iam.delete_instance_profile(InstanceProfileName=resource_id)
