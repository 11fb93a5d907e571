"""The platform in a few figures, as one page that a browser loads anew by itself.

It needs nothing but itself: no script, no file beside it, no server.
"""

from html import escape

from bluegreen.overview import ColourFigures, Overview

_WIDTH, _HEIGHT = 300, 60
_STYLE = """
:root { color-scheme: light dark; --line: #c9d1d9; --dim: #57606a; --bad: #b3261e; --wait: #8a5a00;
  --blue: #1f6feb; --green: #1a7f37; --card: #f6f8fa; }
@media (prefers-color-scheme: dark) { :root { --line: #3d444d; --dim: #9198a1; --bad: #ff9a92;
  --wait: #e3b341; --blue: #6cb2ff; --green: #7fd88f; --card: #161b22; }
  body { background: #0d1117; } }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0; }
.at, dt { color: var(--dim); }
.colours { display: grid; grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)); gap: 1rem;
  margin: 1.5rem 0; }
section { background: var(--card); border: 1px solid var(--line); border-radius: .5rem;
  border-top: .3rem solid var(--own); padding: 1rem; }
.blue { --own: var(--blue); } .green { --own: var(--green); }
section.absent { opacity: .6; }
h2 { font-size: 1.15rem; margin: 0 0 .5rem; } h2 span { color: var(--own); }
dl { display: grid; grid-template-columns: auto 1fr; gap: .15rem 1rem; margin: 0; }
dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
svg { width: 100%; height: auto; margin-top: .75rem; fill: var(--own); }
svg line { stroke: var(--line); }
ul { padding-left: 1.2rem; } .bad { color: var(--bad); } .wait { color: var(--wait); }
"""


def page(seen: Overview, every_seconds: float, trouble: str = "") -> str:
    """The whole page.

    Args:
        seen: the last look that succeeded.
        every_seconds: after which it is loaded again.
        trouble: why no look has succeeded since; empty where it is the last one.
    """
    active = f"{seen.active} is active" if seen.active else "no colour is active"
    top = max((value for it in seen.colours for value in it.requests), default=0.0) or 1.0
    told = [("wait", text) for text in seen.updating] + [("bad", text) for text in seen.broken]
    told += [("bad", f"{name} leads to neither colour, or to both") for name in seen.elsewhere]
    if trouble:
        told.append(("bad", f"not seen since then: {trouble}"))
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<meta http-equiv="refresh" content="{max(1, round(every_seconds))}">',
            f"<title>{escape(active)}</title><style>{_STYLE}</style></head><body>",
            f"<h1>{escape(active)}</h1>",
            f'<div class="at">{escape(seen.at[:10])} {escape(seen.at[11:19])} UTC</div>',
            f'<div class="colours">{"".join(_colour(it, seen, top) for it in seen.colours)}</div>',
            _list(told),
            "</body></html>",
            "",
        ]
    )


def _colour(it: ColourFigures, seen: Overview, top: float) -> str:
    title = f"<h2><span>{it.colour}</span> {escape(it.role)}</h2>"
    if it.role == "absent" and not it.version:
        return f'<section class="{it.colour} absent">{title}</section>'
    nodes = escape(it.not_seen) if it.not_seen else f"{it.nodes_ready} of {it.nodes}"
    rows = [
        ("live names", f"{it.names} of {seen.names}"),
        ("pods that write them", "not seen" if it.not_seen else str(len(it.writers))),
        ("requests a minute", f"{it.requests[-1]:,.0f}" if it.requests else "no load balancer"),
        ("nodes ready", nodes),
        ("Kubernetes", escape(it.version)),
        ("supported", escape(it.support)),
    ]
    entries = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in rows)
    return f'<section class="{it.colour}">{title}<dl>{entries}</dl>{_plot(it, top)}</section>'


def _plot(it: ColourFigures, top: float) -> str:
    """Bars, one a minute, both colours on one scale."""
    if not it.requests:
        return ""
    step = _WIDTH / len(it.requests)
    bars = "".join(
        f'<rect x="{i * step:.2f}" y="{_HEIGHT - _HEIGHT * value / top:.2f}"'
        f' width="{step * 0.8:.2f}" height="{_HEIGHT * value / top:.2f}"/>'
        for i, value in enumerate(it.requests)
        if value > 0
    )
    label = f"requests a minute of {it.colour}, the last {len(it.requests)} minutes"
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT + 1}" role="img" aria-label="{label}">'
        f'{bars}<line x1="0" y1="{_HEIGHT + 0.5}" x2="{_WIDTH}" y2="{_HEIGHT + 0.5}"/></svg>'
    )


def _list(told: list[tuple[str, str]]) -> str:
    if not told:
        return "<p>No rule is broken.</p>"
    items = "".join(f'<li class="{kind}">{escape(text)}</li>' for kind, text in told)
    return f"<ul>{items}</ul>"
