"""Whether accounts come back."""

from typing import Final

from tokentide.reports.page.figure import Chart, Figure, Kind, Value
from tokentide.reports.page.section import Section

_RARELY: Final = 300.0

SECTION: Final = Section(
    "retention",
    "Retention",
    "Of the accounts that first used a model in a period, how many use it later. Over all that is stored.",
    (
        Figure(
            "cohorts",
            "retention",
            Chart.HEAT,
            (Value("retention", "Retained", Kind.SHARE),),
            title="Cohorts of accounts, by model",
            silence="No cohort has been observed for a whole period after its first yet.",
            whole=True,
            top=8,
            need="account_hash",
            extra=(
                Value("n", "Accounts observed", Kind.COUNT),
                Value("low", "95 % from", Kind.SHARE),
                Value("high", "to", Kind.SHARE),
            ),
            every_s=_RARELY,
            wide=True,
        ),
        Figure(
            "lasting",
            "retention-flags",
            Chart.TABLE,
            (
                Value("flag", "Verdict", Kind.TEXT),
                Value("cohort", "Cohort", Kind.TEXT),
                Value("n", "Accounts", Kind.COUNT),
                Value("retention", "Retained", Kind.SHARE),
                Value("compared_retention", "Compared with", Kind.SHARE),
            ),
            whole=True,
            need="account_hash",
            every_s=_RARELY,
            silence="No model has two cohorts of 100 accounts to compare yet.",
            options={"hide": {"flag": ["too_few"]}},
        ),
        Figure(
            "multi-homing",
            "multi-homing",
            Chart.LINES,
            (
                Value("multi_model_share", "Two models or more", Kind.SHARE),
                Value("multi_author_share", "Two authors or more", Kind.SHARE),
            ),
            bucketed=True,
            need="account_hash",
            every_s=60.0,
        ),
    ),
)
