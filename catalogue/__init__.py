"""The ground: Kubernetes minors, versions of all that a cluster runs, and what charts take."""
