"""A Kubernetes API server as plain JSON: the official client's classes carry no types."""

from collections.abc import Callable
from typing import Any, cast

from kubernetes import config

Json = dict[str, Any]


class Kube:
    """Calls one API server with a kubeconfig context's identity."""

    def __init__(self, kubeconfig: str, context: str) -> None:
        self._client = config.new_client_from_config(kubeconfig, context=context)

    def get(self, path: str) -> Json:
        return self._call("GET", path)

    def post(self, path: str, body: Json) -> Json:
        return self._call("POST", path, body)

    def delete(self, path: str) -> Json:
        return self._call("DELETE", path)

    def names(self, path: str) -> list[str]:
        """Names of the objects of a list."""
        return [item["metadata"]["name"] for item in self.get(path)["items"]]

    def _call(self, method: str, path: str, body: Json | None = None) -> Json:
        call = cast("Callable[..., Any]", self._client.call_api)
        return call(
            path,
            method,
            body=body,
            header_params={"Accept": "application/json", "Content-Type": "application/json"},
            auth_settings=["BearerToken"],
            response_types_map=dict.fromkeys((200, 201, 202), "object"),
            _return_http_data_only=True,
        )
