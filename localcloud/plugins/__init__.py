"""Pulumi plugins of the local cloud: providers (aws, kubernetes, eks, tls), language host."""
