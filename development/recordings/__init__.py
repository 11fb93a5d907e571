"""Records what tests compare with."""
