"""Starts the policy pack; the engine runs it for `pulumi preview --policy-pack policy`."""

from guardrails.pack import start

start()
