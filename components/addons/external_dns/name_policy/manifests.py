"""The policies as Kubernetes objects.

They are parts of the API server itself: no pod, no certificate and no network that could fail.
"""

from collections.abc import Iterator, Mapping, Sequence

from components.addon_stack.manifest import Manifest
from components.addons.external_dns.name_policy import warned
from components.addons.external_dns.name_policy.cel import Rule, literals
from components.addons.external_dns.name_policy.refused import PREFIX, rules, variables
from eks_platform_contract.outputs import Zone
from handover.name_annotation import ANNOTATIONS, Visibility

REFUSED = "dns-names"
IGNORED = "dns-names-ignored"
SHARED = {"Ingress": "dns-names-of-ingresses", "Service": "dns-names-of-services"}
"""Names of the policies; the last compare an object with all of a kind. Sentences begin so."""

_API = "admissionregistration.k8s.io/v1"
_OURS = literals(list(ANNOTATIONS.values()))
_VERSIONS = {"Ingress": "networking.k8s.io/v1", "Service": "v1"}

_ASKING = {
    # The first condition that is false ends a policy: nothing else of the cluster comes further.
    "asks-for-names": f"{_OURS}.exists(it, it in object.metadata.?annotations.orValue({{}}))",
    # What was let in once, by an older policy or none, can be updated: controllers write status
    # and remove finalizers, and teams change other things.
    "asks-for-something-new": (
        "request.operation == 'CREATE' || dyn(object.spec).?type != dyn(oldObject.spec).?type"
        f" || object.metadata.annotations.exists(it, (it in {_OURS} || it.startsWith('{PREFIX}'))"
        " && object.metadata.?annotations[?it] != oldObject.metadata.?annotations[?it])"
    ),
}
"""Names and expressions of the conditions for an object to be judged."""


def policies(zones: Mapping[Visibility, Zone]) -> Sequence[Manifest]:
    """All policies, each with its binding behind it.

    Args:
        zones: the zone of each annotation.
    """
    return (*_refused(zones), *_ignored(), *_shared(tuple(zones)))


def _refused(zones: Mapping[Visibility, Zone]) -> Iterator[Manifest]:
    # An expression that failed would refuse those objects alone that ask for a name which they
    # did not have before: the conditions keep all others out. So it is Fail; a name that nobody
    # looked at may be one that nobody publishes, and whoever asks for it is there to read that.
    yield _policy(
        REFUSED,
        failure="Fail",
        conditions=_ASKING,
        variables=variables(zones),
        rules=rules(zones),
        otherwise=f"{' or '.join(ANNOTATIONS.values())} cannot be published; see docs/names.md",
    )
    yield _binding(REFUSED, "Deny")


def _ignored() -> Iterator[Manifest]:
    yield _policy(
        IGNORED,
        failure="Ignore",
        conditions=_ASKING,
        variables={},
        rules=warned.ignored(),
        otherwise="an annotation of this object is ignored; see docs/names.md",
    )
    yield _binding(IGNORED, "Warn")


def _shared(visibilities: Sequence[Visibility]) -> Iterator[Manifest]:
    """A policy sees the object alone, and its parameters: here all others of the namespace.

    It costs an API server a tenth of a millisecond for each other object of the kind in the
    namespace, and another half for one with an annotation, if the object asks for something new.

    An API server that has lost the last binding of a kind of parameters, if only for a second,
    follows them no more until it starts anew: https://github.com/kubernetes/kubernetes/issues/130887.
    Without its warnings nobody loses a name, so they are Ignore; and no update replaces them, as
    their names never change.
    """
    for kind, name in SHARED.items():
        yield _policy(
            name,
            failure="Ignore",
            conditions={**_ASKING, "another-publishes": warned.another_publishes(kind)},
            variables=warned.shared_variables(visibilities),
            rules=warned.shared(visibilities, kind),
            otherwise="another object asks for the same name; see docs/names.md",
            param_kind=kind,
        )
        yield _binding(name, "Warn", every_param=True)


def _policy(
    name: str,
    *,
    failure: str,
    conditions: Mapping[str, str],
    variables: Mapping[str, str],
    rules: Sequence[Rule],
    otherwise: str,
    param_kind: str = "",
) -> Manifest:
    """A policy that says the sentences of all rules that an object breaks.

    Args:
        name: its name.
        failure: its failurePolicy.
        conditions: what must hold for an object to be judged, in CEL by its name.
        variables: what the rules read, in CEL by its name.
        rules: what it judges by.
        otherwise: what is said if the sentences together are too long.
        param_kind: kind of its parameters, if it has some.
    """
    read = {**variables, **{rule.name: rule.wrong for rule in rules}}
    spec: dict[str, object] = {
        "failurePolicy": failure,
        "matchConstraints": {"resourceRules": list(_RESOURCES)},
        "matchConditions": [{"name": it, "expression": text} for it, text in conditions.items()],
        "variables": [{"name": it, "expression": text} for it, text in read.items()],
        "validations": [
            {
                "expression": " && ".join(rule.kept for rule in rules),
                "messageExpression": " + ".join(rule.message for rule in rules),
                "message": otherwise,
            }
        ],
    }
    if param_kind:
        spec["paramKind"] = {"apiVersion": _VERSIONS[param_kind], "kind": param_kind}
    return _object("ValidatingAdmissionPolicy", name, spec)


_RESOURCES = tuple(
    {
        "apiGroups": [group],
        "apiVersions": ["v1"],
        "operations": ["CREATE", "UPDATE"],
        "resources": [resource],
    }
    for group, resource in (("networking.k8s.io", "ingresses"), ("", "services"))
)


def _binding(policy: str, action: str, *, every_param: bool = False) -> Manifest:
    spec: dict[str, object] = {"policyName": policy, "validationActions": [action]}
    if every_param:
        # Those of the object's namespace, as none is named.
        spec["paramRef"] = {"selector": {}, "parameterNotFoundAction": "Allow"}
    return _object("ValidatingAdmissionPolicyBinding", policy, spec)


def _object(kind: str, name: str, spec: Mapping[str, object]) -> Manifest:
    return Manifest({"apiVersion": _API, "kind": kind, "metadata": {"name": name}, "spec": spec})
