"""How the program and its commands ask a cluster's API server: connection, time limit, failures.

Importing it imports the Kubernetes client, whose hundreds of modules are a fifth of the time that
a preview takes to start. Whoever asks no cluster most of the time imports it when it does.
"""
