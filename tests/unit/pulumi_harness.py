"""Runs a Pulumi program without an engine and shows everything it registered.

Use::

    def test_group() -> None:
        def program(checks: Checks) -> None:
            group = NodeGroup("spot", args)
            checks.check(group.name, lambda name: name == "spot", "name of the group")

        ran = run(program, stack="blue")
        launch = ran.only("aws:ec2/launchTemplate:LaunchTemplate")
        assert launch.inputs["imageId"] == "ami-1"

Nothing passes in silence: `run` raises the program's own error, the first error of any apply,
and an AssertionError for a `check` that never saw a value, for an apply written in a test
that never ran, and for an invoke that the test gave no answer for.
"""

import asyncio
import contextvars
import logging
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn, Protocol, TypeAlias, TypeVar, cast
from unittest.mock import patch

import pulumi
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime import mocks, resource, rpc, set_all_config
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs, Mocks, MockSettings
from pulumi.runtime.proto import callback_pb2, resource_pb2, source_pb2
from pulumi.runtime.settings import configure
from pulumi.runtime.stack import run_in_stack
from pulumi.runtime.sync_await import _ensure_event_loop

Plain: TypeAlias = Any
"""A plain JSON value; tests look into it by key."""
State: TypeAlias = Mapping[str, Plain]
T = TypeVar("T")
STACK_REFERENCE = "pulumi:pulumi:StackReference"
_TESTS = str(Path(__file__).resolve().parents[1])


@dataclass(frozen=True)
class Registered:
    """A resource as the engine would see it.

    Attributes:
        type: Pulumi type.
        name: Pulumi name.
        urn: URN.
        parent: URN of the parent, empty for the stack's own.
        custom: whether a provider manages it; components are not.
        inputs: input properties, camelCase, secrets unwrapped.
        dependencies: URNs of all it waits for, by depends_on or by an input.
        property_dependencies: URNs each input comes from.
        secret_inputs: names of inputs that are secrets.
        protect: resource option.
        ignore_changes: resource option, camelCase paths.
        delete_before_replace: resource option.
        retain_on_delete: resource option.
        replace_on_changes: resource option.
        deleted_with: resource option, URN or empty.
        import_id: resource option.
        provider: ``URN::ID`` of an explicit provider, or empty.
        timeouts: create, update, delete, as given.
        read: whether it was only read, by a `get` or a StackReference.
        remote: whether a provider constructs it, children included.
        before_create: names of the hooks that run before it is created.
        before_delete: names of the hooks that run before it is deleted.
    """

    type: str
    name: str
    urn: str
    parent: str = ""
    custom: bool = True
    inputs: State = field(default_factory=dict[str, Plain])
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict[str, tuple[str, ...]]
    )
    secret_inputs: tuple[str, ...] = ()
    protect: bool = False
    ignore_changes: tuple[str, ...] = ()
    delete_before_replace: bool = False
    retain_on_delete: bool = False
    replace_on_changes: tuple[str, ...] = ()
    deleted_with: str = ""
    import_id: str = ""
    provider: str = ""
    timeouts: Mapping[str, str] = field(default_factory=dict[str, str])
    read: bool = False
    remote: bool = False
    before_create: tuple[str, ...] = ()
    before_delete: tuple[str, ...] = ()

    def waits_for(self, other: "Registered") -> bool:
        """Whether `other` is made first, by an option or by an input of this one."""
        return other.urn in self.dependencies


Kept: TypeAlias = Callable[[Registered], bool]
"""Whether a resource is still there."""


class Answer(Protocol):
    """Gives the result of an invoke, or further state of a resource."""

    def __call__(self, inputs: State) -> State:
        """From camelCase inputs to camelCase results."""
        ...


@dataclass
class Invoked:
    """A call of a provider function."""

    token: str
    args: State
    provider: str = ""


class _UnansweredError(AssertionError):
    """The test gave no answer for something the program asked."""


@dataclass
class Asked:
    """What a program asked the engine for, until it ended or failed.

    Attributes:
        resources: everything registered or read, in order.
        invoked: provider functions called.
    """

    resources: list[Registered] = field(default_factory=list[Registered])
    invoked: list[Invoked] = field(default_factory=list[Invoked])

    def made(self) -> list[str]:
        """Types of what a provider would make."""
        return [it.type for it in self.resources if (it.custom or it.remote) and not it.read]


class _Answers(Mocks):
    def __init__(
        self,
        calls: Mapping[str, Answer | State],
        resources: Mapping[str, Answer | State],
        stacks: Mapping[str, State],
        preview: bool,
        invoked: list[Invoked],
    ) -> None:
        self._calls = calls
        self._resources = resources
        self._stacks = stacks
        self._preview = preview
        self._invoked = invoked

    def call(self, args: MockCallArgs) -> dict[str, Plain]:  # pyright: ignore[reportIncompatibleMethodOverride]
        given = _plain(args.args)
        self._invoked.append(Invoked(args.token, given, args.provider))
        if args.token not in self._calls:
            raise _UnansweredError(f"no answer was given for the invoke {args.token}({given})")
        return dict(_answer(self._calls[args.token], given))

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Plain]]:
        inputs = _plain(args.inputs)
        if args.typ == STACK_REFERENCE:
            return args.resource_id, self._stack(str(args.resource_id))
        state: dict[str, Plain] = {}
        if args.typ.startswith("aws:") and not self._preview:
            state["arn"] = f"arn:aws:mock:eu-west-1:123456789012:{args.name}"
        state |= args.inputs
        if args.typ in self._resources:
            state |= _answer(self._resources[args.typ], inputs)
        identifier = args.resource_id or ("" if self._preview else f"{args.name}-id")
        return str(state.pop("id", identifier)) if args.custom is not False else "", state

    def _stack(self, name: str) -> dict[str, Plain]:
        if name not in self._stacks:
            raise pulumi.RunError(f"unknown stack {name!r}")
        outputs = dict(self._stacks[name])
        secret = [key for key, value in outputs.items() if _holds_secret(value)]
        return {"name": name, "outputs": outputs, "secretOutputNames": secret}


class _Monitor(MockMonitor):
    """The mock monitor of the SDK, which also keeps the options of each resource."""

    def __init__(self, answers: _Answers, registered: list[Registered]) -> None:
        super().__init__(answers)
        self.kept: Kept | None = None
        self._gone: set[str] = set()
        self._registered = registered
        self.transforms: list[pulumi.ResourceTransform] = []
        self.outputs: dict[str, State] = {}
        self.exports: State | None = None
        self.secret_exports: tuple[str, ...] = ()

    def RegisterResource(  # noqa: N802
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        urn = self.make_urn(request.parent, request.type, request.name)
        for transform in self.transforms:
            _transform(request, transform)
        seen = _registered(request, urn)
        if self.kept is not None and self._is_gone(seen, self.kept):
            self._gone.add(urn)
            self.resources[urn] = MockMonitor.ResourceRegistration(urn, "", {})
            # The engine says so of custom resources alone, and gives no outputs.
            return resource_pb2.RegisterResourceResponse(urn=urn, unknown=request.custom)
        response = super().RegisterResource(request)
        if request.type != "pulumi:pulumi:Stack":
            self._registered.append(seen)
        return response

    def _is_gone(self, seen: Registered, kept: Kept) -> bool:
        """What the engine takes for gone: it skips what needs something that is gone, too."""
        needed = {*seen.dependencies, seen.parent, seen.provider.rsplit("::", 1)[0]}
        if needed & self._gone:
            return True
        made_anyway = not (seen.custom or seen.remote) or seen.type.startswith("pulumi:")
        return not (made_anyway or kept(seen))

    def ReadResource(  # noqa: N802
        self, request: resource_pb2.ReadResourceRequest
    ) -> resource_pb2.ReadResourceResponse:
        response = super().ReadResource(request)
        self._registered.append(
            Registered(
                type=request.type,
                name=request.name,
                urn=response.urn,
                parent=request.parent,
                inputs=_properties(request.properties)[0],
                dependencies=tuple(request.dependencies),
                provider=request.provider,
                import_id=request.id,
                read=True,
            )
        )
        return response

    def RegisterResourceOutputs(  # noqa: N802
        self, request: resource_pb2.RegisterResourceOutputsRequest
    ) -> empty_pb2.Empty:
        outputs, secret = _properties(request.outputs)
        if "pulumi:pulumi:Stack::" in request.urn:
            self.exports, self.secret_exports = outputs, secret
        else:
            self.outputs[request.urn] = outputs
        return empty_pb2.Empty()

    def Call(self, request: resource_pb2.ResourceCallRequest) -> NoReturn:  # noqa: N802
        raise _UnansweredError(f"no answer can be given for the method call {request.tok}")


def _transform(
    request: resource_pb2.RegisterResourceRequest, transform: pulumi.ResourceTransform
) -> None:
    """What a transform makes of the inputs; those of plain values alone can be changed."""
    args = pulumi.ResourceTransformArgs(
        custom=request.custom,
        type_=request.type,
        name=request.name,
        props=dict(_properties(request.object)[0]),
        opts=pulumi.ResourceOptions(),
    )
    result = transform(args)
    if isinstance(result, pulumi.ResourceTransformResult):
        changed = {k: v for k, v in result.props.items() if v != args.props.get(k)}
        request.object.update(cast("dict[str, Any]", changed))


class _Hooks:
    """Takes the place of the server that the engine calls hooks and transforms at."""

    def __init__(self, transforms: list[pulumi.ResourceTransform]) -> None:
        self.registered: dict[str, pulumi.ResourceHook] = {}
        self._transforms = transforms

    def register_stack_transform(self, transform: pulumi.ResourceTransform) -> None:
        self._transforms.append(transform)

    def register_resource_hook(self, hook: pulumi.ResourceHook) -> None:
        self.registered[hook.name] = hook

    def register_transform(self, transform: pulumi.ResourceTransform) -> callback_pb2.Callback:
        """Of one that is registered nothing is called: children are the provider's to make."""
        return callback_pb2.Callback(target="here", token=f"{id(transform)}")


class Checks:
    """What a program under test must have shown by its end."""

    def __init__(self) -> None:
        self._open: dict[int, str] = {}

    def check(
        self,
        output: pulumi.Output[T] | Awaitable[T] | T,
        predicate: Callable[[T], bool | None],
        what: str,
    ) -> None:
        """Demands that `output` gets a value that `predicate` holds for.

        Args:
            output: an Output, or anything that can be one.
            predicate: returns whether the value is right, or asserts and returns None.
            what: what is checked; part of the error.
        """
        key = len(self._open)
        self._open[key] = what

        def see(value: T) -> None:
            if predicate(value) is False:
                raise AssertionError(f"{what}: {value!r} is wrong")
            self._open[key] = ""

        pulumi.Output.from_input(output).apply(see)

    def require_seen(self) -> None:
        """Raises AssertionError for checks whose value never came."""
        unseen = [what for what in self._open.values() if what]
        if unseen:
            raise AssertionError(f"never checked, as no value came: {'; '.join(unseen)}")


@dataclass(frozen=True)
class Ran:
    """What a program did.

    Attributes:
        resources: everything registered or read, in order.
        invoked: provider functions called.
        exports: stack outputs.
        secret_exports: names of stack outputs that are secrets, or hold some.
        component_outputs: outputs registered by each component, by URN.
        hooks: resource hooks, by name.
    """

    resources: Sequence[Registered]
    invoked: Sequence[Invoked]
    exports: State
    component_outputs: Mapping[str, State]
    hooks: Mapping[str, pulumi.ResourceHook] = field(default_factory=dict[str, pulumi.ResourceHook])
    secret_exports: tuple[str, ...] = ()

    def of_type(self, kind: str) -> list[Registered]:
        """All resources of a Pulumi type."""
        return [resource for resource in self.resources if resource.type == kind]

    def only(self, kind: str, name: str | None = None) -> Registered:
        """The single resource of a type (and name). Raises AssertionError otherwise."""
        found = [r for r in self.of_type(kind) if name is None or r.name == name]
        if len(found) != 1:
            there = ", ".join(f"{r.type} {r.name}" for r in self.resources)
            raise AssertionError(f"{len(found)} of {kind} {name or ''}; there are: {there}")
        return found[0]

    def outputs_of(self, component: Registered) -> State:
        """Outputs that a component registered. Raises AssertionError if it registered none."""
        if component.urn not in self.component_outputs:
            raise AssertionError(f"{component.type} {component.name} registered no outputs")
        return self.component_outputs[component.urn]


def resolve(output: pulumi.Output[T]) -> T:
    """Value of an output once `run` has ended. Raises AssertionError if there is none."""
    data = output._data
    if not data.done() or data.cancelled() or not data.result().is_known:
        raise AssertionError("the output has no value")
    return cast("T", _plain(data.result().value))


def run(
    program: Callable[[Checks], None],
    *,
    stack: str = "blue",
    config: Mapping[str, str] | None = None,
    calls: Mapping[str, Answer | State] | None = None,
    resources: Mapping[str, Answer | State] | None = None,
    stacks: Mapping[str, State] | None = None,
    preview: bool = False,
    kept: Kept | None = None,
    asked: Asked | None = None,
) -> Ran:
    """Runs a program as the engine would and waits for all it started.

    Args:
        program: makes resources; gets `Checks` for expectations on outputs.
        stack: stack name.
        config: configuration, full keys, values as text.
        calls: result of each invoke, by token, or a function of its arguments.
        resources: state by type, beside the inputs (every aws resource also has an `arn`);
            ``id`` among it is the resource's id, ``NAME-id`` otherwise.
        stacks: outputs of other stacks, by full name ``organization/eks-platform/shared``.
        preview: run as a preview: ids and arns are unknown.
        kept: run as a destroy that goes on with what an earlier one left: says of each resource
            whether it is still there. Those that are gone are not in the result.
        asked: gets all that the program asks for, also if it fails.

    Raises:
        Exception: whatever the program or an apply raised.
        AssertionError: a check or an apply of the test never ran.
    """
    asked = asked or Asked()
    answers = _Answers(calls or {}, resources or {}, stacks or {}, preview, asked.invoked)
    monitor = _Monitor(answers, asked.resources)
    monitor.kept = kept
    hooks = _Hooks(monitor.transforms)

    def inner() -> None:
        logger = logging.getLogger("pulumi_harness")
        features = set(monitor.GetDeploymentInfo(empty_pb2.Empty()).supportedFeatures)
        settings = MockSettings(
            monitor=monitor,
            monitor_features=features,
            engine=mocks.MockEngine(logger),
            project="eks-platform",
            stack=stack,
            dry_run=preview,
            organization="organization",
            # Else one run would wait for what another left behind.
            outputs=set(),
            lock=threading.Lock(),
            package_refs={},
            callbacks=cast("Any", hooks),
        )
        pulumi.runtime.settings.ROOT.set(None)
        configure(settings)
        set_all_config(dict(config or {}), [])
        _run_to_end(program)

    contextvars.copy_context().run(inner)
    if monitor.exports is None:
        raise AssertionError("the stack registered no outputs")
    return Ran(
        asked.resources,
        asked.invoked,
        monitor.exports,
        monitor.outputs,
        hooks.registered,
        monitor.secret_exports,
    )


def _run_to_end(program: Callable[[Checks], None]) -> None:
    checks = Checks()
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    # Where in the code a resource is made is of no use here, and takes a quarter of the time.
    untraced = patch.object(resource, "_get_stack_trace", source_pb2.StackTrace)
    with _AppliesOfTests() as applies, untraced:
        try:
            loop.run_until_complete(run_in_stack(lambda: program(checks)))
        finally:
            for task in asyncio.all_tasks(loop):
                task.cancel()
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()
            asyncio.set_event_loop(None)
    checks.require_seen()
    applies.require_run()


class _AppliesOfTests:
    """Notices functions written in tests that are given to `apply` and never run."""

    def __init__(self) -> None:
        self._waiting: dict[int, str] = {}

    def __enter__(self) -> "_AppliesOfTests":
        original = pulumi.Output.apply

        @wraps(original)
        def apply(
            output: pulumi.Output[Plain],
            func: Callable[[Plain], Plain],
            run_with_unknowns: bool = False,
        ) -> pulumi.Output[Plain]:
            code = getattr(func, "__code__", None)
            file = code.co_filename if code else ""
            if not file.startswith(_TESTS) or file == __file__:
                return original(output, func, run_with_unknowns)
            key = len(self._waiting)
            self._waiting[key] = f"{Path(file).name}:{code.co_firstlineno if code else 0}"

            def seen(value: Plain) -> Plain:
                self._waiting[key] = ""
                return func(value)

            return original(output, seen, run_with_unknowns)

        self._patch = patch.object(pulumi.Output, "apply", apply)
        self._patch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._patch.stop()

    def require_run(self) -> None:
        """Raises AssertionError for functions that never ran."""
        waiting = [place for place in self._waiting.values() if place]
        if waiting:
            raise AssertionError(f"apply never ran: {', '.join(waiting)}")


def _answer(answer: Answer | State, inputs: State) -> State:
    return answer if isinstance(answer, Mapping) else answer(inputs)


def _registered(request: resource_pb2.RegisterResourceRequest, urn: str) -> Registered:
    inputs, secret = _properties(request.object)
    timeouts = request.customTimeouts
    return Registered(
        type=request.type,
        name=request.name,
        urn=urn,
        parent="" if "pulumi:pulumi:Stack::" in request.parent else request.parent,
        custom=request.custom,
        inputs=inputs,
        dependencies=tuple(request.dependencies),
        property_dependencies={
            key: tuple(value.urns) for key, value in request.propertyDependencies.items()
        },
        secret_inputs=secret,
        protect=request.protect,
        ignore_changes=tuple(request.ignoreChanges),
        delete_before_replace=request.deleteBeforeReplace,
        retain_on_delete=request.retainOnDelete,
        replace_on_changes=tuple(request.replaceOnChanges),
        deleted_with=request.deletedWith,
        import_id=request.importId,
        provider=request.provider,
        timeouts={k: v for k in ("create", "update", "delete") if (v := getattr(timeouts, k))},
        remote=request.remote,
        before_create=tuple(request.hooks.before_create),
        before_delete=tuple(request.hooks.before_delete),
    )


def ensure_event_loop() -> None:
    """Lets outputs be made outside of a program: a program that ran before took its loop along."""
    _ensure_event_loop()


def _properties(properties: struct_pb2.Struct) -> tuple[dict[str, Plain], tuple[str, ...]]:
    _ensure_event_loop()
    raw = rpc.deserialize_properties(properties, keep_unknowns=True)
    secret = tuple(key for key, value in raw.items() if _holds_secret(value))
    return _plain(raw), secret


def _holds_secret(value: Plain) -> bool:
    if isinstance(value, Mapping):
        return rpc.is_rpc_secret(value) or any(_holds_secret(it) for it in value.values())
    return isinstance(value, list | tuple) and any(map(_holds_secret, value))


def secret(value: Plain) -> Plain:
    """A value that a mocked resource or stack gives as a secret."""
    return {rpc._special_sig_key: rpc._special_secret_sig, "value": value}


def _plain(value: Plain) -> Plain:
    """A value with secrets unwrapped at every depth."""
    value = rpc.unwrap_rpc_secret(value)
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value


__all__ = ["Asked", "Checks", "Invoked", "Kept", "Ran", "Registered", "resolve", "run", "secret"]
