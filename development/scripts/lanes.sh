# Sourced: which end-to-end tests need a local cloud of their own, and which are long stories.
# All others are tests of the platform, on one cloud.

apart=(tests/e2e/existing tests/e2e/cluster tests/e2e/engine/test_{language_host,lifecycle}.py
  tests/e2e/preflight
  tests/e2e/publishing/test_{denied,remedies,sample}.py)

whole_switches=(tests/e2e/switch)
interrupted_updates=(tests/e2e/engine/test_recovery.py tests/e2e/interrupted)
many_names=(tests/e2e/publishing/test_many.py)
up_policies=(tests/e2e/up_policies)
# It builds a minor that nothing else needs: `make test-minor`, never of itself.
next_minor=(tests/e2e/next_minor)
# It needs provider plugins that nothing here brings: `make test-real-plugins`, never of itself.
real_plugins=(tests/e2e/real_plugins)
# It needs programs that nothing else does, which a new machine builds: `make test-extras`.
extras=(tests/e2e/extras)
canaries_and_ends=(tests/e2e/platform/test_{6_canary,8_guests,8_killed}.py)
