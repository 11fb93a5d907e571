"""Stand-in for the Pulumi eks provider: the component `eks:index:Cluster`."""
