"""Shares of distinct accounts: how many of all accounts used a group; not additive."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tokentide.reports.cells import cells
from tokentide.reports.computations.amounts import VOLUME_COLUMNS, Amount, part
from tokentide.reports.computed import Ask
from tokentide.reports.dimensions import Origin, dimensions
from tokentide.reports.formulas import OF_COUNTS, Row, Windows, add
from tokentide.reports.levels import choose, population
from tokentide.reports.periods import ALL_S, MONDAY_SHIFT_S, Calendar
from tokentide.reports.question import Question
from tokentide.reports.statements import OTHER
from tokentide.schemas.errors import UsageError

_DAY_S: Final = 86_400
_ACCOUNTS: Final = "uniqExact(usage.account) AS accounts"
_VOLUME: Final = (
    "sum(usage.attempts) AS n, sum(usage.requests) AS requests, sum(usage.tokens) AS tokens, "
    "sum(usage.cost_nano) AS cost_nano, sum(usage.unpriced) AS unpriced"
)


@dataclass(frozen=True, slots=True)
class AccountShare:
    """The part of a bucket's distinct accounts that used each group."""

    windows: Windows = OF_COUNTS

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns after time and dimension."""
        return ("share", "accounts", *VOLUME_COLUMNS)

    def keys(self, question: Question) -> tuple[str, ...]:
        """Return the dimension asked for."""
        return (question.by,) if question.by else ()

    def rows(self, ask: Ask) -> list[Row]:
        """Return one row per bucket and group; the groups of the whole period with most accounts.

        Raises:
            UsageError: the question needs less than whole days.
        """
        size_s = _size_s(ask.question)
        plan = choose(ask.query, ask.question, Origin.MODEL)
        if plan is None:
            return []
        ask.period = (plan.from_s, plan.to_s)
        terms, parameters = population(ask.question, Origin.ACCOUNTS)
        source = _Source(size_s, _key(ask.question), terms)
        parameters |= {"from_s": plan.from_s, "last_s": min(plan.to_s, ALL_S) - 1, "kept": []}
        parameters["kept"] = [row["key"] for row in ask.rows(source.largest(ask.question.top), parameters)]
        wholes = {int(row["t"]): row for row in ask.rows(source.wholes(), parameters)}
        every = _attempts(ask, size_s)
        by = self.keys(ask.question)
        return [
            {"bucket": int(row["t"])} | dict(zip(by, (row["key"],), strict=False)) | _row(ask, row, wholes, every)
            for row in ask.rows(source.groups(), parameters)
        ]


def _size_s(question: Question) -> int:
    grid = question.grid
    bounds = (question.start_s, question.end_s)
    if not isinstance(grid, Calendar) or grid.size_s < _DAY_S or any(bound and bound % _DAY_S for bound in bounds):
        raise UsageError(
            "unit accounts is counted by whole days: use --bucket 1d, 1w or all, --from and --to at 00:00 UTC"
        )
    return grid.size_s


def _key(question: Question) -> str:
    return f"toString({dimensions(Origin.ACCOUNTS)[question.by]})" if question.by else "''"


@dataclass(frozen=True, slots=True)
class _Source:
    """The statements over the account table, for one grid, group and population."""

    size_s: int
    key: str
    terms: Sequence[str]

    @property
    def _from(self) -> str:
        days = (
            "usage.day >= toDate(toDateTime({from_s:UInt32}, 'UTC'))",
            "usage.day <= toDate(toDateTime({last_s:UInt32}, 'UTC'))",
        )
        return f"FROM usage_accounts_1d AS usage WHERE {' AND '.join((*days, *self.terms))}"

    @property
    def _t(self) -> str:
        if self.size_s == ALL_S:
            return "toInt64(0) AS t"
        shift = MONDAY_SHIFT_S if self.size_s > _DAY_S else 0
        seconds = "toInt64(toUnixTimestamp(toDateTime(usage.day, 'UTC')))"
        return f"intDiv({seconds} + {shift}, {self.size_s}) * {self.size_s} - {shift} AS t"

    def largest(self, top: int | None) -> str:
        limit = "" if top is None else f" LIMIT {top}"
        return (
            f"SELECT {self.key} AS key, {_ACCOUNTS} {self._from} AND key != '{OTHER}' GROUP BY key "
            f"ORDER BY accounts DESC, key{limit}"
        )

    def wholes(self) -> str:
        return f"SELECT {self._t}, {_ACCOUNTS}, sum(usage.attempts) AS n {self._from} GROUP BY t"

    def groups(self) -> str:
        key = f"if({self.key} IN {{kept:Array(String)}}, {self.key}, '{OTHER}') AS key"
        return (
            f"SELECT {self._t}, {key}, {_ACCOUNTS}, {_VOLUME} {self._from} GROUP BY t, key "
            f"ORDER BY t, key = '{OTHER}', accounts DESC, key"
        )


def _attempts(ask: Ask, size_s: int) -> dict[int, int]:
    """Return all attempts by bucket, with an account or without."""
    found = cells(Ask(ask.query, ask.question), (), (add("n", "attempts"),), size_s, Origin.MODEL).rows
    return {int(row["t"]): int(row["n"]) for row in found}


def _row(ask: Ask, row: Mapping[str, Any], wholes: Mapping[int, Mapping[str, Any]], every: Mapping[int, int]) -> Row:
    t = int(row["t"])
    amount = Amount()
    amount.add(row)
    volume = amount.row(ask.question.unit)
    volume["known_share"] = part(int(wholes[t]["n"]), every.get(t, 0))
    return {
        "share": part(int(row["accounts"]), int(wholes[t]["accounts"])),
        "accounts": int(row["accounts"]),
    } | volume
