"""Chart repositories and image registries, as far as they say what is published."""
