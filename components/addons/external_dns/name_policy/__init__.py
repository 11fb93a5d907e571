"""What the API server refuses, and what it warns of, of objects that ask for names.

An application team reads at once, from kubectl or its pipeline, what would otherwise show in a
DNS writer's log alone. The writers keep to what they may by themselves, as objects may be older
than a policy.
"""
