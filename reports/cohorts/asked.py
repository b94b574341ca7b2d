"""From a checked question to the parts that account statements take."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

from tokentide.reports.cohorts.accounts import Extent, Population, observe
from tokentide.reports.cohorts.calendar import PERIODS, Period
from tokentide.reports.computed import Ask
from tokentide.reports.dimensions import dimensions
from tokentide.reports.levels import population as restriction
from tokentide.reports.periods import Calendar
from tokentide.schemas.errors import UsageError

DAY_S: Final = 86_400
NO_HASH: Final = "0 % of requests carry account_hash: no figure about accounts can be given"


def period_of(ask: Ask) -> Period:
    """Return how the question cuts time."""
    return PERIODS[ask.question.options["period"]]


def group_of(ask: Ask) -> str:
    """Return the SQL of the dimension asked for, or of everything."""
    by = ask.question.by
    return dimensions(ask.question.shape.origin)[by] if by else "''"


def keys_of(ask: Ask, group: str) -> dict[str, str]:
    """Return the dimension of a row by its name."""
    return {ask.question.by: group} if ask.question.by else {}


def extent_of(ask: Ask) -> Extent | None:
    """Return what the account table holds up to --to; says so where there is nothing."""
    until = None if ask.question.end_s is None else _date(ask.question.end_s)
    found = observe(ask.query, until)
    if found is None:
        ask.notes.append(NO_HASH)
        return None
    ask.notes += found.notes()
    from_s = _seconds(found.first_day) if ask.question.start_s is None else ask.question.start_s
    ask.period = (from_s, _seconds(found.end))
    return found


def population_of(ask: Ask, *, bounded: bool = True) -> Population:
    """Return the rows a question is about.

    Args:
        ask: the question.
        bounded: --from restricts the rows; else it restricts which cohorts are shown, whose first use would
            not be known from later rows alone.
    """
    terms, parameters = restriction(ask.question)
    question = ask.question
    if bounded and question.start_s is not None:
        terms, parameters = (
            (*terms, "usage.day >= {from_day:Date}"),
            parameters | {"from_day": _date(question.start_s)},
        )
    if question.end_s is not None:
        terms = (*terms, "usage.day < {to_day:Date}")
        parameters = parameters | {"to_day": _date(question.end_s)}
    return Population(tuple(terms), parameters)


def bucket_s(ask: Ask) -> int:
    """Return the size of the question's buckets in seconds.

    Raises:
        UsageError: they are shorter than a day.
    """
    grid = ask.question.grid
    if not isinstance(grid, Calendar) or grid.size_s < DAY_S:
        raise UsageError(f"{ask.question.metric.id} is known by day: use --bucket 1d, 1w or all")
    return grid.size_s


def shown(ask: Ask, start: date) -> bool:
    """Tell whether a period that starts then is asked for."""
    return ask.question.start_s is None or start >= _date(ask.question.start_s)


def whole(day: date, period: Period) -> int:
    """Return the index of the last period that is over on a day (exclusive end)."""
    return period.index(day) - 1


def _date(seconds: int) -> date:
    return (datetime.fromtimestamp(seconds, UTC)).date()


def _seconds(day: date) -> int:
    return (day - date(1970, 1, 1)) // timedelta(days=1) * DAY_S
