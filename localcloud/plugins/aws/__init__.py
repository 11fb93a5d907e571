"""The aws provider of the local cloud: the resource types that the platform uses, by boto3."""
