"""One EKS cluster of the local cloud: a real control plane, simulated nodes, real ExternalDNS."""
