"""Stand-in for the Pulumi kubernetes provider: server-side apply to real API servers."""
