"""How long EKS supports what the colours run, over a snapshot."""

from bluegreen.finding import Finding, note
from bluegreen.snapshot import ColourView, Snapshot, other_colour
from catalogue.minors import ends_sooner, minor_of, outlook
from catalogue.support import Outlook
from settings.names import Colour

_SAYS = "the Kubernetes minors have standard support for a while"
_UPGRADE = "build the idle colour on a later minor and switch, as docs/runbooks/upgrade.md says"


def outlook_of(view: ColourView, snapshot: Snapshot) -> Outlook | None:
    """Where the support of what a colour runs stands; None without a cluster, or if unknown."""
    version = _runs(view)
    return outlook(version, snapshot.day) if version else None


def support_left(snapshot: Snapshot) -> Finding:
    """What is left of each colour's support. It forbids nothing: production runs on, at a price."""
    told = {view.colour: _told(view, snapshot) for view in snapshot.colours if _runs(view)}
    details = tuple(f"{colour}: {text}" for colour, text in told.items())
    seen = [outlook_of(view, snapshot) for view in snapshot.colours if _runs(view)]
    pressing = any(it is None or it.is_pressing or it.phase == "not known" for it in seen)
    return Finding(
        rule="support",
        says=_SAYS,
        verdict="note" if pressing else "pass",
        details=details,
        remedy=_UPGRADE if any(it and it.is_pressing for it in seen) else "",
    )


def as_configured(snapshot: Snapshot) -> Finding:
    """Whether each control plane runs the minor that its stack asked for, or AWS upgraded it."""
    moved = [
        f"{view.colour}: EKS runs {view.eks.version}, the stack says {view.cluster.version}"
        for view in snapshot.colours
        if view.eks
        and view.cluster
        and minor_of(view.eks.version) != minor_of(view.cluster.version)
    ]
    return note(
        "minor",
        "control planes run the minors that the stacks say",
        moved,
        "set kubernetesVersion of the colour to what EKS runs, and `pulumi up`: nodes and add-ons"
        " follow; with upgradePolicy STANDARD, AWS upgrades when standard support ends",
    )


def not_sooner(snapshot: Snapshot, to: Colour) -> Finding:
    """Whether production moves to a minor that is supported at least as long."""
    old, new = snapshot.colour(other_colour(to)), snapshot.colour(to)
    says = f"support of {to}'s minor ends no sooner than that of {old.colour}'s"
    versions = _runs(new), _runs(old)
    if not versions[0] or not versions[1]:
        return note("support-order", says, ())
    unknown = [it for it in versions if minor_of(it) is None]
    if unknown:
        return note("support-order", says, [f"the catalogue lacks Kubernetes {unknown[0]}"])
    sooner = ends_sooner(*versions)
    text = f"{to} runs {versions[0]}, {old.colour} {versions[1]}, whose support ends later"
    return note("support-order", says, [text] if sooner else (), _UPGRADE)


def _runs(view: ColourView) -> str:
    """The minor of a colour's control plane; what EKS says goes before what the stack asked for."""
    if view.eks is not None:
        return view.eks.version
    return view.cluster.version if view.cluster else ""


def _told(view: ColourView, snapshot: Snapshot) -> str:
    seen = outlook_of(view, snapshot)
    if seen is None:
        return f"the catalogue lacks Kubernetes {_runs(view)}, so nothing is known of its support"
    extends = view.eks is None or view.eks.upgrade_policy != "STANDARD"
    return seen.in_words(extends=extends)
