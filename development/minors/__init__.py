"""Raises Kubernetes minors: adds one to the catalogue, ships a pair, and says when that is due."""
