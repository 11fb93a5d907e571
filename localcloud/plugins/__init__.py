"""Pulumi plugins of the local cloud: the aws, kubernetes and eks providers, the language host."""
