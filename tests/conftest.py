"""What holds for every test."""

import os

from hypothesis import HealthCheck, settings

# No deadline and no health check of speed: both measure the wall clock, and a busy machine is no defect. Examples are the
# same on every run, so that a failure can be run again; a longer hunt sets HYPOTHESIS_PROFILE=hunt.
settings.register_profile(
    "default",
    deadline=None,
    derandomize=True,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("hunt", settings.get_profile("default"), derandomize=False, max_examples=5_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))
