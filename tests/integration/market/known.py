"""Metrics that the oracle does not answer, and why."""

from typing import Final

WITHOUT_ORACLE: Final[dict[str, str]] = {
    "retention-flags": "a verdict of tests, not a count: proved by error rates over markets of known truth "
    "(tests/unit/reports/cohorts)",
}
