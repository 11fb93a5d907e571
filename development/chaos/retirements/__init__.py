"""Interrupts retirements of a colour with nodes of Karpenter, and looks for what they leave."""
