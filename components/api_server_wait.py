"""Waits for a new cluster's API server before anything is put into it."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias, cast

import pulumi


class Unready(NamedTuple):
    """Why an API server does not serve yet.

    Attributes:
        why: what it answered, or what came instead of an answer.
        reached: whether it was the API server that answered.
    """

    why: str
    reached: bool


Ask: TypeAlias = Callable[[Mapping[str, object]], Unready | None]
"""Asks the API server that a kubeconfig names; None if it serves. It may block."""

DEADLINE = 600.0
"""Seconds. A private endpoint answers once its name has reached the VPC's resolvers."""

_PAUSE = 5.0
_TOLD_EVERY = 30.0
_PROVIDER = "pulumi:providers:kubernetes"


class NoAnswerError(Exception):
    """An API server has not answered in time, or cannot be asked; the message says what to do."""


def ask_itself(kubeconfig: Mapping[str, object]) -> Unready | None:
    """The `Ask` that asks the API server itself.

    Raises:
        NoAnswerError: it cannot be asked at all.
    """
    # Only here: the client's hundreds of modules are a fifth of the time that a preview takes to
    # start, and a preview asks no cluster.
    from components import api_server_probe  # noqa: PLC0415

    return api_server_probe.unready(kubeconfig)


async def wait_for_api_server(
    cluster: str,
    kubeconfig: Mapping[str, object],
    ask: Ask = ask_itself,
    *,
    tell: Callable[[str], None],
    deadline: float = DEADLINE,
    pause: float = _PAUSE,
    told_every: float = _TOLD_EVERY,
) -> None:
    """Returns once an API server serves whoever updates.

    Args:
        cluster: EKS cluster name, for messages.
        kubeconfig: of the cluster.
        ask: asks it; runs in a thread of its own, so that an update can be cancelled meanwhile.
        tell: is told what is waited for, and why.
        deadline: seconds from the first answer that was none.
        pause: seconds between two questions.
        told_every: seconds between two words about it.

    Raises:
        NoAnswerError: at the deadline, or as soon as it cannot be asked.
    """
    began = told = None
    while unready := await asyncio.to_thread(ask, kubeconfig):
        now = time.monotonic()
        began = now if began is None else began
        left = began + deadline - now
        if left <= 0:
            raise NoAnswerError(_at_the_end(cluster, unready, deadline))
        if told is None or now - told >= told_every:
            tell(f"waiting up to {left:.0f} s for the API server of {cluster}: {unready.why}")
            told = now
        await asyncio.sleep(pause)
    if told is not None:
        tell(f"the API server of {cluster} answers")


def _at_the_end(cluster: str, unready: Unready, deadline: float) -> str:
    stands = "The cluster stands, and nothing has been put into it."
    if unready.reached:
        return (
            f"the API server of {cluster} has not served this AWS identity for {deadline:.0f} s"
            f" ({unready.why}). {stands} `aws sts get-caller-identity` says who you are: it has to"
            " be who made the cluster. If it is, run the same command again"
        )
    return (
        f"the API server of {cluster} has not answered from here for {deadline:.0f} s"
        f" ({unready.why}). {stands} A private endpoint answers within the VPC and the networks of"
        " eks-platform:endpoint.privateCidrs alone: go where it does, or let it be reached"
        " from here (docs/aws.md, the way in), and run the same command again"
    )


def before_providers(
    name: str, cluster: str, ask: Ask = ask_itself
) -> Callable[[pulumi.ResourceTransformArgs], pulumi.ResourceTransformResult | None]:
    """A transform of a component: before it makes a Kubernetes provider, the API server is awaited.

    Before the provider, as that asks the API server once when it is made, and refuses all objects
    for the rest of the update if it gets no answer. The component pulumi_eks.Cluster waits by
    itself for public endpoints alone. It does not run in a preview.

    Args:
        name: name of the hook, once in a stack.
        cluster: EKS cluster name.
        ask: asks the API server.
    """
    hook = pulumi.ResourceHook(name, _hook(cluster, ask))
    binding = pulumi.ResourceHookBinding(before_create=[hook], before_update=[hook])

    def transform(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        if args.type_ != _PROVIDER:
            return None
        options = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(hooks=binding))
        return pulumi.ResourceTransformResult(args.props, options)

    return transform


def _hook(cluster: str, ask: Ask) -> Callable[[pulumi.ResourceHookArgs], "asyncio.Future[None]"]:
    async def before(args: pulumi.ResourceHookArgs) -> None:
        given: Any = (args.new_inputs or {})["kubeconfig"]
        # It is an Output to a hook where the component keeps it secret.
        plain: Any = await given.future() if isinstance(given, pulumi.Output) else given
        kubeconfig = cast(
            "Mapping[str, object]", json.loads(plain) if isinstance(plain, str) else plain
        )
        await wait_for_api_server(cluster, kubeconfig, ask, tell=pulumi.log.info)

    return lambda args: asyncio.ensure_future(before(args))
