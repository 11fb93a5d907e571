"""Condition keys of a call: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html.

A key that AWS gives with a call and nobody here can tell is an error that names it. One that AWS
does not give with it is absent.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeAlias

from localcloud.server.permissions import account
from localcloud.server.permissions.call import Call
from localcloud.server.permissions.parameters import normalized, values_of
from localcloud.server.permissions.patterns import UnknownError
from localcloud.server.permissions.reference import Action
from localcloud.server.permissions.sessions import Session
from localcloud.state import ACCOUNT_ID

Found: TypeAlias = Sequence[str] | None

NEVER = frozenset(
    {
        "aws:calledvia",
        "aws:calledviafirst",
        "aws:calledvialast",
        "aws:ec2instancesourcevpc",
        "aws:multifactorauthage",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principalservicename",
        "aws:principalservicenameslist",
        "aws:referer",
        "aws:resourceorgid",
        "aws:resourceorgpaths",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceidentity",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourcevpc",
        "aws:sourcevpcarn",
        "aws:sourcevpce",
        "aws:username",
        "aws:vpcsourceip",
    }
)
"""Global keys that no call here has: no services call, there is no organization and no endpoint."""


@dataclass(frozen=True)
class Asked:
    """One permission that is asked for, as far as condition keys depend on it.

    Attributes:
        call: the call that needs it.
        session: who makes it.
        action: the action.
        resource: ARN, or None where it is not known.
        tags: those that are to be put on the resource; None where the action puts none.
        extra: keys that this permission has besides, in lower case.
    """

    call: Call
    session: Session
    action: Action
    resource: str | None
    tags: Mapping[str, str] | None
    extra: Mapping[str, Found] = field(default_factory=dict[str, Found])

    def values(self, key: str) -> Found:
        """Values of a condition key in lower case, None where the call lacks it.

        Raises:
            UnknownError: AWS gives it with such calls, and the local cloud cannot tell it.
        """
        if key in self.extra:
            return self.extra[key]
        kind, slash, tag = key.partition("/")
        if slash and not key.startswith(_ENCRYPTION_CONTEXT):
            return self._tag(kind, tag)
        if key in _GLOBAL:
            return _GLOBAL[key](self)
        if key in NEVER or not self._has(key):
            return None
        if key in _OF_SERVICES:
            return _OF_SERVICES[key](self)
        if key.startswith(_ENCRYPTION_CONTEXT):
            return _value(_encryption_context(self), key.removeprefix(_ENCRYPTION_CONTEXT))
        raise UnknownError(
            f"the local cloud does not know the condition key {key} of {self.action.name}"
        )

    def _has(self, key: str) -> bool:
        if key.startswith("aws:"):
            return True
        return any(
            key == it or (it.endswith(("/", ":")) and key.startswith(it)) for it in self.action.keys
        )

    def _tag(self, kind: str, tag: str) -> Found:
        if kind == "aws:principaltag":
            return _value(self.session.tags(), tag)
        if kind == "aws:requesttag":
            return _value(self.tags or {}, tag)
        if kind.endswith(":resourcetag"):
            if self.resource is None:
                raise UnknownError(f"the resource whose tag {tag} a policy asks for is not known")
            return _value(account.tags_of(self.resource), tag) if ":" in self.resource else None
        raise UnknownError(f"the local cloud does not know the condition key {kind}/{tag}")


def _value(values: Mapping[str, str], key: str) -> Found:
    return next(([value] for name, value in values.items() if name.lower() == key), None)


def _changes(asked: Asked) -> Sequence[Mapping[str, Any]]:
    changes: Sequence[Mapping[str, Any]] = asked.call.parameters["ChangeBatch"]["Changes"]
    return changes


def _distinct(values: Sequence[str]) -> Sequence[str]:
    return list(dict.fromkeys(values))


def _parameter_values(*names: str) -> Callable[[Asked], Found]:
    def values(asked: Asked) -> Found:
        return values_of(asked.call.parameters, *names) or None

    return values


def _fixed(value: str) -> Callable[[Asked], Found]:
    return lambda _: (value,)


def _id(asked: Asked) -> Found:
    if asked.resource is None:
        raise UnknownError(f"the resource of {asked.action.name} is not known to the local cloud")
    identifier = asked.resource.rpartition("/")[2]
    return None if identifier == "*" else (identifier,)


def _vpc(asked: Asked) -> Found:
    identifier = _id(asked)
    if identifier is None:
        return None
    vpc = account.vpc_of(asked.call.region, identifier[0])
    return (f"arn:aws:ec2:{asked.call.region}:{ACCOUNT_ID}:vpc/{vpc}",) if vpc else None


def _owner(asked: Asked) -> Found:
    """Of an image; Amazon's own are told by its name."""
    identifier = _id(asked)
    kind = (asked.resource or "").rpartition(":")[2].partition("/")[0]
    if kind != "image":
        raise UnknownError(f"the local cloud does not know the owner of a {kind}")
    return (account.image_owner(asked.call.region, identifier[0]),) if identifier else None


def _aliases(asked: Asked) -> Found:
    """Of the key that the call is about; one that is made has none yet."""
    identifier = _id(asked)
    return account.aliases_of(asked.call.region, identifier[0]) or None if identifier else None


def _boundary(asked: Asked) -> Found:
    """The boundary that the role will have, or has: by this key one holds others to it."""
    said = values_of(asked.call.parameters, "PermissionsBoundary")
    if said or asked.action.name == "iam:CreateRole":
        return said or None
    found = account.boundary_of(asked.call.parameters.get("RoleName", ""))
    return (found,) if found else None


def _tag_keys(asked: Asked) -> Found:
    taken = values_of(asked.call.parameters, "TagKeys")
    return _distinct([*(asked.tags or {}), *taken]) or None


def _encryption_context(asked: Asked) -> Mapping[str, str]:
    context: Mapping[str, str] = asked.call.parameters.get("EncryptionContext", {})
    return context


def _moment(asked: Asked) -> Found:
    del asked
    return (datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),)


_ENCRYPTION_CONTEXT = "kms:encryptioncontext:"

_GLOBAL: Mapping[str, Callable[[Asked], Found]] = {
    "aws:currenttime": _moment,
    "aws:epochtime": lambda _: (str(int(datetime.now(UTC).timestamp())),),
    "aws:multifactorauthpresent": _fixed("false"),
    "aws:principalaccount": _fixed(ACCOUNT_ID),
    "aws:principalarn": lambda asked: (asked.session.role_arn,),
    "aws:principalisawsservice": _fixed("false"),
    "aws:principaltype": _fixed("AssumedRole"),
    "aws:requestedregion": lambda asked: (asked.call.region,),
    "aws:resourceaccount": _fixed(ACCOUNT_ID),
    # Real clients speak TLS to AWS; what they speak to the local cloud stands for it.
    "aws:securetransport": _fixed("true"),
    "aws:tagkeys": _tag_keys,
    "aws:useragent": lambda asked: (asked.call.user_agent,),
    "aws:userid": lambda asked: (asked.session.user_id,),
    "aws:viaawsservice": _fixed("false"),
}

_OF_SERVICES: Mapping[str, Callable[[Asked], Found]] = {
    "ec2:createaction": lambda _: None,
    "ec2:owner": _owner,
    "ec2:region": lambda asked: (asked.call.region,),
    "ec2:vpc": _vpc,
    **dict.fromkeys(
        (
            "ec2:instanceid",
            "ec2:networkinterfaceid",
            "ec2:securitygroupid",
            "ec2:subnetid",
            "ec2:volumeid",
            "ec2:vpcid",
        ),
        _id,
    ),
    "elasticloadbalancing:createaction": lambda _: None,
    "iam:awsservicename": _parameter_values("AWSServiceName"),
    "iam:permissionsboundary": _boundary,
    "iam:policyarn": _parameter_values("PolicyArn"),
    "kms:calleraccount": _fixed(ACCOUNT_ID),
    "kms:encryptioncontextkeys": lambda asked: _distinct([*_encryption_context(asked)]) or None,
    "kms:resourcealiases": _aliases,
    "kms:viaservice": lambda _: None,
    "route53:changeresourcerecordsetsactions": lambda asked: _distinct(
        [it["Action"] for it in _changes(asked)]
    ),
    "route53:changeresourcerecordsetsnormalizedrecordnames": lambda asked: _distinct(
        [normalized(it["ResourceRecordSet"]["Name"]) for it in _changes(asked)]
    ),
    "route53:changeresourcerecordsetsrecordtypes": lambda asked: _distinct(
        [it["ResourceRecordSet"]["Type"] for it in _changes(asked)]
    ),
    "s3:delimiter": _parameter_values("Delimiter"),
    "s3:prefix": _parameter_values("Prefix"),
    "s3:resourceaccount": _fixed(ACCOUNT_ID),
    "sts:externalid": _parameter_values("ExternalId"),
    "sts:rolesessionname": _parameter_values("RoleSessionName"),
}
