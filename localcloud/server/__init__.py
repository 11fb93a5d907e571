"""The server process: AWS APIs, EKS authentication, DNS, the HTTPS proxy and the clusters."""
