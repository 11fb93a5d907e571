"""Compares ways of scaling: a recorded load on a local cloud with real controllers."""
