"""What other teams may rely on of the EKS platform, and access for people.

Modules:
    outputs: the stacks' outputs as types.
    version: the contract's version, and who can read whom.
    schema: the same types as JSON Schema, for every other language.
    compatibility: what a change of the types means for those who read them.
    platform: reads the platform from another team's Pulumi program (extra ``pulumi``).
    workload: trust policies that make an IAM role valid on every colour.
    kubeconfig, kubeconfig_file, kubeconfig_command: contexts for people, and the file writer.
    cluster_name, wrapper: finds the active cluster's name, and has a token made for it.
"""
