"""Translates between the engine's property structs and plain JSON."""

from collections.abc import Mapping
from typing import cast

from google.protobuf import json_format, struct_pb2
from pulumi.runtime.rpc import (
    UNKNOWN,
    _special_output_value_sig,
    _special_secret_sig,
    _special_sig_key,
)

from localcloud.plugins.kubernetes.values import Json, Object, integral, is_list, is_map


class WireError(Exception):
    """A property has a type that Kubernetes objects cannot hold, such as an asset."""


def to_plain(properties: struct_pb2.Struct, *, nulls: bool = False) -> Object:
    """The properties as JSON, secrets opened, null properties left out unless `nulls`.

    Raises:
        WireError: there is an asset, an archive or a resource among them.
    """
    document = cast("Json", json_format.MessageToDict(properties))
    plain = _open(integral(document), "", nulls=nulls)
    return dict(plain) if is_map(plain) else {}


def to_struct(properties: Mapping[str, Json], secret: tuple[str, ...] = ()) -> struct_pb2.Struct:
    """The properties as the engine wants them, those named in `secret` marked as secrets."""
    marked = {
        key: {_special_sig_key: _special_secret_sig, "value": value} if key in secret else value
        for key, value in properties.items()
    }
    return json_format.ParseDict(marked, struct_pb2.Struct())


def _open(value: Json, path: str, *, nulls: bool) -> Json:
    if is_list(value):
        return [_open(item, path, nulls=nulls) for item in value]
    if not is_map(value):
        return value
    signature = value.get(_special_sig_key)
    if signature is None:
        opened = {k: _open(item, f"{path}.{k}", nulls=nulls) for k, item in value.items()}
        return {key: item for key, item in opened.items() if nulls or item is not None}
    if signature == _special_secret_sig:
        return _open(value.get("value"), path, nulls=nulls)
    if signature == _special_output_value_sig:
        return _open(value["value"], path, nulls=nulls) if "value" in value else UNKNOWN
    raise WireError(f"{path.lstrip('.')}: assets and resources cannot be part of an object")
