"""The local cloud: stand-ins for AWS and EKS on which the platform runs without an account."""
