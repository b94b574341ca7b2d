"""Metrics that the oracle does not answer, and why."""

from typing import Final

WITHOUT_ORACLE: Final[dict[str, str]] = {
    "release-effect": "not yet recounted",
    "price-change-effect": "not yet recounted",
    "profile-shift": "not yet recounted",
    "retention-flags": "verdicts of tests; proved on markets of known truth in tests/unit/reports/cohorts",
    "model-survival": "not yet recounted",
}
