"""Karpenter's resource kinds."""

from catalogue import addons
from components.addon_stack.addon import Addon, Phase

ADDON = Addon(
    line=addons.KARPENTER_CRD,
    why="resource kinds of Karpenter",
    phase=Phase.SERVICES,
)
"""CRDs are a chart of their own, so that they are there before their controller, and are updated:
Helm never updates those that stand inside a chart."""
