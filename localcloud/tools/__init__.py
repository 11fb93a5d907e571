"""The programs that the local cloud runs: where they come from and how they are built."""
