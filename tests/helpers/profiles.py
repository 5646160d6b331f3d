"""How often a property test tries: 50 fixed examples, or as many drawn ones as COURSE_EXAMPLES says."""

import os

from hypothesis import HealthCheck, settings

tries = settings(
    max_examples=int(os.environ.get("COURSE_EXAMPLES", 50)),
    derandomize="COURSE_EXAMPLES" not in os.environ,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
