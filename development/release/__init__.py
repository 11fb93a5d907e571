"""Makes a release: moves the changelog on, and checks that a tag is what it says."""
