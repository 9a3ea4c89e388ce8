"""Settings of all tests."""

from hypothesis import settings

settings.register_profile("untimed", deadline=None)  # a slow machine is no error
settings.load_profile("untimed")
