"""Interrupts switches of production on a local cloud, and checks that every rule holds after."""
