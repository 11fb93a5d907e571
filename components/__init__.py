"""Component resources: what they need is in their typed args, and nowhere else."""
