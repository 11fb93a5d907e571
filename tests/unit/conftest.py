"""What holds for every unit test."""

from hypothesis import HealthCheck, settings

# How long a test takes says how busy the machine is, not whether the code is right.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
