"""The rules of the policy pack, one module for each theme.

The pack reads nothing of the program that it holds to account: what both would share, both could
get wrong.
"""
