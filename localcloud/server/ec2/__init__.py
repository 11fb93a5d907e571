"""What moto's EC2 leaves out of what a controller needs that launches instances itself."""
