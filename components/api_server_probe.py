"""Asks an API server once whether it serves whoever updates, by the Kubernetes client."""

from collections.abc import Mapping

from kubernetes.client.exceptions import ApiException
from kubernetes.config import ConfigException

from components.api_server_wait import NoAnswerError, Unready
from kubernetes_client.connection import connect
from kubernetes_client.errors import FAILURES, describe_failure

_CONNECT, _READ = 3.0, 15.0
"""Seconds. The client tries four times to connect: where packets are dropped, that adds up."""


def unready(kubeconfig: Mapping[str, object]) -> Unready | None:
    """Why an API server does not serve yet; None once it does.

    It is asked whether it is ready, which every authenticated user may know (ClusterRole
    ``system:public-info-viewer``), and with a token, as objects are: one that has just come up may
    not know its maker yet, or not have its roles, and would refuse all objects.

    Args:
        kubeconfig: kubeconfig of the cluster, with which objects are made later.

    Raises:
        NoAnswerError: it cannot be asked at all, and waiting does not help.
    """
    try:
        with connect(kubeconfig) as connection:
            connection.call_api(
                "/readyz",
                "GET",
                auth_settings=["BearerToken"],
                _request_timeout=(_CONNECT, _READ),
                _preload_content=False,
            )
    except ConfigException as error:
        raise NoAnswerError(str(error)) from error
    except ApiException as error:
        return Unready(describe_failure(error), reached=bool(error.status))
    except FAILURES as error:
        return Unready(describe_failure(error), reached=False)
    return None
