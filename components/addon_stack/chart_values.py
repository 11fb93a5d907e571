"""The values of a chart: the platform's, with those of the stack file over them."""

from collections.abc import Mapping
from typing import cast

import pulumi

from catalogue.chart_keys import Keys, keys_of, parts
from components.addon_stack.addon import Addon, Prerequisites, Values
from components.addon_stack.site import Site

_NO_KEYS = Keys("any")


def values_of(
    addon: Addon, site: Site, prerequisites: Prerequisites, *, secret: bool | None = None
) -> Values:
    """Values of an add-on's chart on a cluster; none for one that is no chart.

    Args:
        addon: the add-on.
        site: the cluster.
        prerequisites: what was made for it.
        secret: whether those of the stack file become secret Outputs; None: if it says so.
    """
    if addon.line.chart is None:
        return {}
    wanted, platform = site.overrides(addon.name), addon.values(site, prerequisites)
    if site.scraped:
        platform = merged(platform, addon.scrape_values)
    overrides, keys = wanted.values, chart_keys_of(addon, site)
    for path in wanted.replace:
        overrides = _replacing(overrides, platform, keys, parts(path))
    is_secret = site.settings.secret_addons if secret is None else secret
    return merged(platform, overrides, secret=is_secret)


def chart_keys_of(addon: Addon, site: Site) -> Keys:
    """What an add-on's chart knows; nothing for one that is no chart."""
    chart = addon.line.chart
    if chart is None:
        return _NO_KEYS
    return keys_of(chart.name, chart.version(site.kubernetes_version))


def merged(values: Values, overrides: Values, *, secret: bool = False) -> Values:
    """Values with others over them: maps are merged, all else replaces.

    None stays, so that Helm takes away what the chart has there by default.

    Args:
        values: the platform's.
        overrides: those that are laid over them.
        secret: whether what is laid over is secret; values that nothing replaces are not.
    """
    both = {
        key: merged(cast("Values", values[key]), cast("Values", value), secret=secret)
        if isinstance(value, Mapping) and isinstance(values.get(key), Mapping)
        else (pulumi.Output.secret(value) if secret and value is not None else value)
        for key, value in overrides.items()
    }
    return {**values, **both}


def _replacing(overrides: Values, platform: Values, keys: Keys, path: tuple[str, ...]) -> Values:
    """Overrides that leave nothing else at a path: Helm merges maps, so the rest is taken away."""
    if not path:
        return _alone(overrides, platform, keys)
    first, *rest = path
    inner = _replacing(
        cast("Values", overrides[first]),
        _map_at(platform, first),
        keys.inside.get(first, _NO_KEYS),
        tuple(rest),
    )
    return {**overrides, first: inner}


def _alone(overrides: Values, platform: Values, keys: Keys) -> Values:
    gone = {key: None for key in (*keys.inside, *platform) if key not in overrides}
    kept = {
        key: _alone(cast("Values", value), _map_at(platform, key), keys.inside.get(key, _NO_KEYS))
        if isinstance(value, Mapping)
        else value
        for key, value in overrides.items()
    }
    return {**gone, **kept}


def _map_at(values: Values, key: str) -> Values:
    found = values.get(key)
    return cast("Values", found) if isinstance(found, Mapping) else {}
