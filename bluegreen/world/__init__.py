"""Looks at the world: one module for each source. Only `stacks` and `kube` also change it."""
