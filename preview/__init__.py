"""Previews stacks, runs the policies, and says in one readable comment what would change."""
