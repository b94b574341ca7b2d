"""How much of what a store holds: distinct models, authors, places and accounts beside the volume."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tokentide.reports.computations.amounts import VOLUME_COLUMNS, Amount, part
from tokentide.reports.computed import Ask
from tokentide.reports.dimensions import Origin
from tokentide.reports.formulas import OF_COUNTS, Row, Windows
from tokentide.reports.levels import HOURLY, Plan, beside, choose, daily, levels, population
from tokentide.reports.periods import ALL_S, HOUR_S, Calendar, iso
from tokentide.reports.question import Question

_DAY_S: Final = 86_400
_DISTINCT: Final = {"models": "model", "authors": "author", "providers": "provider", "gateways": "gateway"}
_PLACES: Final = ("countries", "languages", "non_us_share")
_BOUNDS: Final = (
    "usage.bucket >= toDateTime({from_s:UInt32}, 'UTC') AND usage.bucket < toDateTime({to_s:UInt32}, 'UTC')"
)


@dataclass(frozen=True, slots=True)
class Coverage:
    """One row of counters for the period."""

    windows: Windows = OF_COUNTS

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        distinct = (*_DISTINCT, "tenants", *_PLACES, "accounts")
        return (*VOLUME_COLUMNS, *distinct, "first_event_bucket", "last_event_bucket")

    def keys(self, question: Question) -> tuple[str, ...]:
        """Return none."""
        return ()

    def rows(self, ask: Ask) -> list[Row]:
        """Return the one row, or none of an empty period."""
        plan = choose(ask.query, ask.question, Origin.MODEL)
        if plan is None:
            return []
        ask.period = (plan.from_s, plan.to_s)
        bounds = {"from_s": plan.from_s, "to_s": plan.to_s}
        terms, parameters = population(ask.question, Origin.MODEL)
        found = ask.rows(_volume(plan.level.table, terms), parameters | bounds)[0]
        if not found["n"]:
            return []
        amount = Amount()
        amount.add(found)
        counted = {name: int(found[f"count_{name}"]) for name in (*_DISTINCT, "tenants")}
        return [
            amount.row(ask.question.unit)
            | counted
            | self._places(ask, plan, bounds)
            | {"accounts": _accounts(ask, bounds)}
            | self._edges(ask, plan, found)
        ]

    def _edges(self, ask: Ask, plan: Plan, found: Mapping[str, Any]) -> Row:
        """Return the first and the last bucket with events; of days read as a whole, the hours are looked up."""
        edges = found
        if plan.level.step_s >= HOUR_S:
            terms, parameters = population(ask.question, Origin.MODEL)
            bounds = {"from_s": plan.from_s, "to_s": plan.to_s}
            days = {int(found[name]) // _DAY_S for name in ("first", "last")}
            edges = ask.rows(_hours_of(days, terms), parameters | bounds)[0]
        return {f"{name}_event_bucket": iso(edges[name]) for name in ("first", "last")}

    def _places(self, ask: Ask, plan: Plan, bounds: dict[str, Any]) -> Row:
        kept = _within(ask.question, ("gateway", "tenant", "author"))
        if kept is None:
            return dict.fromkeys(_PLACES)
        terms, parameters = population(kept, Origin.PLACE)
        table = beside(ask.query, ask.question, plan, Origin.PLACE).table
        row = ask.rows(_place(table, terms), parameters | bounds)[0]
        return {
            "countries": int(row["countries"]),
            "languages": int(row["languages"]),
            "non_us_share": part(int(row["abroad"]), int(row["located"])),
        }


def _within(question: Question, names: tuple[str, ...]) -> Question | None:
    """Return the question if rows with these dimensions can answer its filters."""
    return question if all(each.dimension in names for each in question.population) else None


def _volume(table: str, terms: tuple[str, ...]) -> str:
    counts = ", ".join(f"uniqExact(usage.{column}) AS count_{name}" for name, column in _DISTINCT.items())
    return (
        "SELECT sum(usage.attempts) AS n, sum(usage.requests) AS requests, "
        "sum(usage.prompt_tokens + usage.completion_tokens) AS tokens, sum(usage.cost_nano) AS cost_nano, "
        f"sum(usage.unpriced) AS unpriced, {counts}, uniqExactIf(usage.tenant, usage.tenant != '') AS count_tenants, "
        "toInt64(toUnixTimestamp(min(usage.bucket))) AS first, toInt64(toUnixTimestamp(max(usage.bucket))) AS last "
        f"FROM {table} AS usage WHERE {' AND '.join((_BOUNDS, *terms))}"
    )


def _hours_of(days: Iterable[int], terms: tuple[str, ...]) -> str:
    """Return SQL for the first and last hour with events on days, counted from 1970."""
    within = " OR ".join(
        f"(usage.bucket >= toDateTime({start}, 'UTC') AND usage.bucket < toDateTime({start + _DAY_S}, 'UTC'))"
        for start in sorted(day * _DAY_S for day in days)
    )
    return (
        "SELECT toInt64(toUnixTimestamp(min(usage.bucket))) AS first, toInt64(toUnixTimestamp(max(usage.bucket))) AS "
        f"last FROM {HOURLY.table} AS usage WHERE {' AND '.join((_BOUNDS, f'({within})', *terms))}"
    )


def _place(table: str, terms: tuple[str, ...]) -> str:
    tokens, country = "usage.prompt_tokens + usage.completion_tokens", "usage.billing_country"
    known = f"{country} NOT IN ('', 'unknown')"
    return (
        f"SELECT uniqExactIf({country}, {known}) AS countries, uniqExactIf(usage.language, usage.language != '') AS "
        f"languages, sumIf({tokens}, {known}) AS located, sumIf({tokens}, {known} AND {country} != 'US') AS abroad "
        f"FROM {table} AS usage WHERE {' AND '.join((_BOUNDS, *terms))}"
    )


def _accounts(ask: Ask, bounds: dict[str, Any]) -> int | None:
    """Return the distinct accounts of the days the period touches; None where no event carries one."""
    terms, parameters = _account_terms(ask.question)
    if terms is None:
        return None
    sql = (
        "SELECT uniqExact(usage.account) AS accounts FROM usage_accounts_1d AS usage "
        f"WHERE {' AND '.join((_ACCOUNT_DAYS, *terms))}"
    )
    found = ask.rows(sql, parameters | {"from_s": bounds["from_s"], "last_s": max(0, min(bounds["to_s"], ALL_S) - 1)})
    return int(found[0]["accounts"]) or None


def _account_terms(question: Question) -> tuple[tuple[str, ...] | None, dict[str, Any]]:
    names = ("gateway", "tenant", "model", "author", "variant")
    return (None, {}) if _within(question, names) is None else population(question, Origin.ACCOUNTS)


_ACCOUNT_DAYS: Final = (
    "usage.day >= toDate(toDateTime({from_s:UInt32}, 'UTC')) "
    "AND usage.day <= toDate(toDateTime({last_s:UInt32}, 'UTC'))"
)
_LEDGER: Final = ("received", "stored", "duplicates", "conflicts", "dead_letters", "dropped")
_RATES: Final = (
    "duplicate_rate",
    "refused_rate",
    "dropped_rate",
    "unclassified_rate",
    "unsampled_rate",
    "unmapped_model_rate",
    "unpriced_rate",
    "unlisted_rate",
    "late_rate",
)


@dataclass(frozen=True, slots=True)
class DataQuality:
    """What became of the messages of each received day, and how complete the accepted events are."""

    windows: Windows = OF_COUNTS

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns after time."""
        return (*_LEDGER, *_RATES)

    def keys(self, question: Question) -> tuple[str, ...]:
        """Return none."""
        return ()

    def rows(self, ask: Ask) -> list[Row]:
        """Return one row per bucket of received days."""
        size_s = ask.question.grid.size_s if isinstance(ask.question.grid, Calendar) else ALL_S
        found: dict[int, Row] = {}
        hours, classified = (daily(ask.query, origin).table for origin in (Origin.MODEL, Origin.CATEGORY))
        for sql in (ledger(), complete(hours), sampled(classified)):
            for row in ask.rows(sql.replace("{t}", bucket_of("received_day", size_s)), _days(ask.question)):
                found.setdefault(int(row["t"]), {}).update(row)
        return [{"bucket": t} | quality(row) for t, row in sorted(found.items())]


def bucket_of(day: str, size_s: int) -> str:
    """Return SQL for the bucket of a received day, epoch seconds."""
    if size_s == ALL_S:
        return "toInt64(0)"
    start = f"toMonday({day})" if size_s > 24 * HOUR_S else day
    return f"toInt64(toUnixTimestamp(toDateTime({start}, 'UTC')))"


def _days(question: Question) -> dict[str, int]:
    end = ALL_S if question.end_s is None else question.end_s
    return {"from_s": question.start_s or 0, "to_s": end}


_DAYS: Final = (
    "received_day >= toDate(toDateTime({from_s:UInt32}, 'UTC')) "
    "AND toDateTime(received_day, 'UTC') < toDateTime({to_s:UInt32}, 'UTC')"
)


def ledger() -> str:
    """Return SQL of what became of the messages, per bucket {t} of received days."""
    sums = ", ".join(
        f"sum({name}) AS {name}_" for name in ("received", "stored", "duplicates", "conflicts", "dropped")
    )
    return (
        f"SELECT {{t}} AS t, {sums}, sum(arraySum(mapValues(dead))) AS dead_letters_ FROM usage_batches "
        f"WHERE {_DAYS} GROUP BY t"
    )


def complete(table: str = HOURLY.table) -> str:
    """Return SQL of how complete accepted events are, per bucket {t}."""
    return (
        "SELECT {t} AS t, sum(attempts) AS n, sum(unpriced) AS unpriced_, sum(unlisted) AS unlisted_, "
        "sumIf(attempts, model NOT IN (SELECT slug FROM models)) AS unmapped_, "
        f"sumIf(attempts, received_day > toDate(bucket) + 1) AS late_ FROM {table} AS usage WHERE {_DAYS} "
        "GROUP BY t"
    )


def sampled(table: str = levels(Origin.CATEGORY).hourly.table) -> str:
    """Return SQL of how many sampled events could not be classified, per bucket {t}."""
    return (
        "SELECT {t} AS t, sum(usage.n) AS sampled_, sumIf(usage.n, usage.category = 'unclassified') AS unclassified_ "
        f"FROM {table} AS usage WHERE {_DAYS} GROUP BY t"
    )


def quality(found: Mapping[str, Any]) -> Row:
    """Return the columns of one bucket from the sums found for it."""

    def of(name: str) -> int:
        return int(found.get(name) or 0)

    n, received, sampled = of("n"), of("received_"), of("sampled_")
    return {name: of(f"{name}_") for name in _LEDGER} | {
        "duplicate_rate": part(of("duplicates_"), received),
        "refused_rate": part(of("dead_letters_"), received),
        "dropped_rate": part(of("dropped_"), received),
        "unclassified_rate": part(of("unclassified_"), sampled),
        "unsampled_rate": part(n - sampled, n),
        "unmapped_model_rate": part(of("unmapped_"), n),
        "unpriced_rate": part(of("unpriced_"), n),
        "unlisted_rate": part(of("unlisted_"), n),
        "late_rate": part(of("late_"), n),
    }
