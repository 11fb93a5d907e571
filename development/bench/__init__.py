"""Measurements against floors: what the platform takes, over the least that it could take.

Machines are shared and differ, so every figure is a ratio of two things that were measured in turn,
round by round, in one run.
"""
