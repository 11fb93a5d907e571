"""What serves development alone."""
