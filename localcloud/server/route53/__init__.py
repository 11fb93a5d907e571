"""What moto's Route 53 leaves out: limits, atomic batches, changes that take time."""
