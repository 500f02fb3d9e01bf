"""What holds for all tests: property tests have no deadline, since machines differ."""

from hypothesis import settings

settings.register_profile("reprise", deadline=None)
settings.load_profile("reprise")
