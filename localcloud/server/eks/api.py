"""The EKS API over HTTP: routes, JSON in and out, AWS errors."""

import json
import logging
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from datetime import time as dt_time
from typing import TYPE_CHECKING, TypeAlias

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from catalogue.minors import MINORS, KubernetesVersion
from localcloud.server.eks import access
from localcloud.server.eks.errors import EksError, NotEmulatedError, NotFoundError
from localcloud.server.eks.model import Json
from localcloud.server.eks.service import EksService
from localcloud.server.eks.versions import ADDON_VERSIONS
from localcloud.server.identity import access_key_of, principal_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_log = logging.getLogger(__name__)

Handler: TypeAlias = Callable[..., Json]

_CLUSTER = "/clusters/<name>"
_ADDON = f"{_CLUSTER}/addons/<addon>"
_ENTRY = f"{_CLUSTER}/access-entries/<path:principal>"


class EksApi:
    """WSGI application of the EKS API."""

    def __init__(self, service: EksService) -> None:
        self._service = service
        routes: tuple[tuple[str, str, Handler], ...] = (
            ("POST", "/clusters", self._create_cluster),
            ("GET", "/clusters", self._list_clusters),
            ("GET", _CLUSTER, self._describe_cluster),
            ("DELETE", _CLUSTER, self._delete_cluster),
            ("POST", f"{_CLUSTER}/update-config", self._update_config),
            ("POST", f"{_CLUSTER}/updates", self._update_version),
            ("GET", f"{_CLUSTER}/updates/<update>", self._describe_update),
            ("POST", f"{_CLUSTER}/addons", self._create_addon),
            ("GET", f"{_CLUSTER}/addons", self._list_addons),
            ("GET", _ADDON, self._describe_addon),
            ("POST", f"{_ADDON}/update", self._update_addon),
            ("DELETE", _ADDON, self._delete_addon),
            ("GET", "/addons/supported-versions", self._addon_versions),
            ("GET", "/cluster-versions", self._cluster_versions),
            ("POST", f"{_CLUSTER}/access-entries", self._create_entry),
            ("GET", f"{_CLUSTER}/access-entries", self._list_entries),
            ("GET", f"{_ENTRY}/access-policies", self._list_policies),
            ("POST", f"{_ENTRY}/access-policies", self._associate),
            ("DELETE", f"{_ENTRY}/access-policies/<path:policy>", self._disassociate),
            ("GET", _ENTRY, self._describe_entry),
            ("POST", _ENTRY, self._update_entry),
            ("DELETE", _ENTRY, self._delete_entry),
            ("GET", "/access-policies", self._policies),
            ("GET", "/tags/<path:arn>", self._list_tags),
            ("POST", "/tags/<path:arn>", self._tag),
            ("DELETE", "/tags/<path:arn>", self._untag),
        )
        self._map = Map(
            [Rule(path, methods=[method], endpoint=handler) for method, path, handler in routes],
            strict_slashes=False,
            merge_slashes=False,
        )

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Serves one request."""
        return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        try:
            handler, values = self._map.bind_to_environ(request.environ).match()
            return _json(handler(request, **values))
        except EksError as error:
            return _error(error)
        except HTTPException:
            return _error(
                NotEmulatedError(f"the local EKS does not emulate {request.method} {request.path}")
            )

    def _create_cluster(self, request: Request) -> Json:
        caller = principal_of(access_key_of(request.headers.get("Authorization", "")))
        creator = caller.identity_arn if caller else ""
        return {"cluster": self._service.create_cluster(_body(request), creator)}

    def _list_clusters(self, _request: Request) -> Json:
        return {"clusters": sorted(self._service.clusters)}

    def _describe_cluster(self, _request: Request, name: str) -> Json:
        return {"cluster": self._service.describe(name)}

    def _delete_cluster(self, _request: Request, name: str) -> Json:
        return {"cluster": self._service.delete_cluster(name)}

    def _update_config(self, request: Request, name: str) -> Json:
        return {"update": self._service.update_config(name, _body(request))}

    def _update_version(self, _request: Request, name: str) -> Json:
        raise NotEmulatedError(
            f"the local cloud cannot upgrade cluster {name} in place; build the other colour"
        )

    def _describe_update(self, _request: Request, name: str, update: str) -> Json:
        found = self._service.cluster(name).updates.get(update)
        if found is None:
            raise NotFoundError(f"No update found for ID: {update}")
        return {"update": found}

    def _create_addon(self, request: Request, name: str) -> Json:
        return {"addon": self._service.create_addon(name, _body(request))}

    def _list_addons(self, _request: Request, name: str) -> Json:
        return {"addons": sorted(self._service.cluster(name).addons)}

    def _describe_addon(self, _request: Request, name: str, addon: str) -> Json:
        return {"addon": self._service.addon(name, addon)}

    def _update_addon(self, request: Request, name: str, addon: str) -> Json:
        return {"update": self._service.update_addon(name, addon, _body(request))}

    def _delete_addon(self, request: Request, name: str, addon: str) -> Json:
        preserve = request.args.get("preserve") == "true"
        return {"addon": self._service.delete_addon(name, addon, preserve=preserve)}

    def _cluster_versions(self, _request: Request) -> Json:
        """The catalogue's minors: what others EKS has, a local cloud cannot know."""
        return {"clusterVersions": [_cluster_version(name) for name in MINORS]}

    def _addon_versions(self, request: Request) -> Json:
        wanted, minor = request.args.get("addonName"), request.args.get("kubernetesVersion")
        addons: list[Json] = []
        for name, by_minor in ADDON_VERSIONS.items():
            if wanted not in (None, name):
                continue
            versions = [
                {
                    "addonVersion": version,
                    "compatibilities": [
                        {"clusterVersion": m, "defaultVersion": version == offered[0]}
                    ],
                }
                for m, offered in by_minor.items()
                if minor in (None, m)
                for version in offered
            ]
            addons.append({"addonName": name, "type": "networking", "addonVersions": versions})
        return {"addons": addons}

    def _create_entry(self, request: Request, name: str) -> Json:
        body = _body(request)
        entry = access.create_entry(
            self._service.cluster(name),
            body,
            time.time(),
            known_principal=self._service.principal_exists(str(body["principalArn"])),
        )
        return {"accessEntry": entry.description}

    def _list_entries(self, _request: Request, name: str) -> Json:
        return {"accessEntries": list(self._service.cluster(name).entries)}

    def _entry(self, name: str, principal: str) -> access.AccessEntry:
        return access.entry_of(self._service.cluster(name), principal)

    def _describe_entry(self, _request: Request, name: str, principal: str) -> Json:
        return {"accessEntry": self._entry(name, principal).description}

    def _update_entry(self, request: Request, name: str, principal: str) -> Json:
        entry = self._entry(name, principal)
        access.update_entry(entry, _body(request), time.time())
        return {"accessEntry": entry.description}

    def _delete_entry(self, _request: Request, name: str, principal: str) -> Json:
        self._entry(name, principal)
        del self._service.cluster(name).entries[principal]
        return {}

    def _list_policies(self, _request: Request, name: str, principal: str) -> Json:
        return {
            "clusterName": name,
            "principalArn": principal,
            "associatedAccessPolicies": list(self._entry(name, principal).policies.values()),
        }

    def _associate(self, request: Request, name: str, principal: str) -> Json:
        entry = self._entry(name, principal)
        association = access.associate(entry, _body(request), time.time())
        return {
            "clusterName": name,
            "principalArn": principal,
            "associatedAccessPolicy": association,
        }

    def _disassociate(self, _request: Request, name: str, principal: str, policy: str) -> Json:
        if self._entry(name, principal).policies.pop(policy, None) is None:
            raise NotFoundError(f"{policy} is not associated with {principal} on {name}")
        return {}

    def _policies(self, _request: Request) -> Json:
        return {
            "accessPolicies": [
                {"name": name, "arn": f"{access.POLICY_ARN}{name}"} for name in access.POLICIES
            ]
        }

    def _list_tags(self, _request: Request, arn: str) -> Json:
        return {"tags": self._service.tagged(arn)}

    def _tag(self, request: Request, arn: str) -> Json:
        self._service.tagged(arn).update(_body(request)["tags"])
        return {}

    def _untag(self, request: Request, arn: str) -> Json:
        tags = self._service.tagged(arn)
        for key in request.args.getlist("tagKeys"):
            tags.pop(key, None)
        return {}


def _cluster_version(name: KubernetesVersion) -> Json:
    support, today = MINORS[name].support, datetime.now(UTC).date()
    ended = support.standard_end is not None and today >= support.standard_end
    found: Json = {
        "clusterVersion": name,
        "clusterType": "eks",
        "versionStatus": "EXTENDED_SUPPORT" if ended else "STANDARD_SUPPORT",
    }
    if support.standard_end is not None:
        midnight = datetime.combine(support.standard_end, dt_time(), UTC)
        found["endOfStandardSupportDate"] = midnight.timestamp()
    return found


def _body(request: Request) -> Json:
    return json.loads(request.get_data() or b"{}")


def _json(answer: Json) -> Response:
    return Response(json.dumps(answer), 200, content_type="application/json")


def _error(error: EksError) -> Response:
    response = Response(
        json.dumps({"message": str(error)}), error.status, content_type="application/json"
    )
    response.headers["x-amzn-ErrorType"] = error.code
    return response
