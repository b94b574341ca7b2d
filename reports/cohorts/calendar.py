"""The periods that cohorts are followed over: UTC months, ISO weeks, 30 days since first use.

A period is an index: months since year 0, or weeks since the Monday before 1970. The same arithmetic stands
here twice, as SQL over a Date and as Python over a date.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

_MONDAY: Final = date(1969, 12, 29)
SPAN_DAYS: Final = 30
"""Length of a period counted from an account's first use."""


@dataclass(frozen=True, slots=True)
class Period:
    """One way to cut time.

    Attributes:
        name: what --period is given.
        weekly: cohorts are ISO weeks; else UTC months.
        since_first_use: what follows is counted in 30-day spans from each account's own first day.
    """

    name: str
    weekly: bool = False
    since_first_use: bool = False

    def index(self, day: date) -> int:
        """Return the cohort period a day is in."""
        return (day - _MONDAY).days // 7 if self.weekly else day.year * 12 + day.month - 1

    def start(self, index: int) -> date:
        """Return the first day of a cohort period."""
        if self.weekly:
            return _MONDAY + timedelta(days=7 * index)
        return date(index // 12, index % 12 + 1, 1)

    def sql(self, day: str) -> str:
        """Return the SQL of `index`; `day` is a Date expression."""
        if self.weekly:
            return f"intDiv(toInt32({day}) + 3, 7)"
        return f"(toInt32(toYear({day})) * 12 + toMonth({day}) - 1)"


MONTH: Final = Period("month")
WEEK: Final = Period("week", weekly=True)
SPAN: Final = Period("30d", since_first_use=True)
PERIODS: Final = {period.name: period for period in (MONTH, WEEK, SPAN)}
