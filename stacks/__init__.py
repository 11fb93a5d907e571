"""The stacks: they compose components, read each other and export. Nothing else does."""
