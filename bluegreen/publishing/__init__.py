"""What ExternalDNS makes of a cluster's objects and of a zone: the model of its release 0.21.

The switch believes what this package says of names, so it must say what ExternalDNS does, for any
object that an API server accepts: tests/e2e/cluster/test_publishing.py compares the two.
"""
