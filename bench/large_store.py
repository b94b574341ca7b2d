"""A store as thirteen months of traffic leave it: more than 100 million rollup rows, made by the engine itself.

Rows are invented from hashes, with as many distinct dimensions an interval as a busy gateway has; every measure
is filled. There are no facts: what is measured are questions to the rollups, which read none.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from tokentide.schemas.rollup import ACCOUNT_MEASURES, CUBES, Family, Kind, Measure
from tokentide.sinks.clickhouse.levels import FINE_KEEPS_DAYS
from tokentide.sinks.clickhouse.migrate import migrate
from tokentide.sinks.clickhouse.opening import open_store
from tokentide.sinks.clickhouse.sealing import seal_due
from tokentide.sinks.clickhouse.store import Store

DAYS: Final = 395
"""Thirteen months."""
_EPOCH: Final = "bench.0"
LOADED: Final = "SETTINGS optimize_on_insert = 0, max_insert_threads = 1, insert_deduplicate = 0"
_HOUR_S: Final = 3600
_FINE_S: Final = 10
_BINS: Final = 30
"""Most bins a stored histogram has here; those of many hours add up to some hundred."""
NEW_ACCOUNTS: Final = 760
"""Accounts first seen on each day."""


@dataclass(frozen=True, slots=True)
class Size:
    """How many distinct dimensions a family has, and in how many of its intervals each is seen.

    Attributes:
        members: combinations of dimensions.
        busy: how many of them are seen in every 10 seconds; the n-th of the others in busy / n of them.
    """

    members: int
    busy: int


SIZES: Final = {Family.MODEL: Size(1200, 125), Family.CATEGORY: Size(800, 25), Family.PLACE: Size(900, 40)}
ACCOUNT_ROWS: Final = 53_000
"""Drawn for each day; some fall together."""


def write_large(path: Path, say: Callable[[str], None], days: int = DAYS, fine_days: int = FINE_KEEPS_DAYS) -> None:
    """Make the store; takes ten minutes and six gigabytes.

    Args:
        path: of the store; nothing may be there yet.
        say: told of progress.
        days: before today, all of them received on the day of their events.
        fine_days: the last of them, which have rows of 10 seconds, too.
    """
    today = datetime.now(UTC).date()
    with open_store(f"chdb://{path}") as store:
        migrate(store)
        store.command("SYSTEM STOP MERGES")
        for family in SIZES:
            _write_members(store, family)
        for day in _days(today, days):
            for statement in _of_day(day, fine=day >= today - timedelta(days=fine_days)):
                store.command(statement)
            if day.day == 1:
                say(f"wrote the days until {day}")
        for family in SIZES:
            store.command(f"DROP TABLE {_members(family)} SYNC")
        store.command(f"INSERT INTO usage_topics VALUES ('{_EPOCH}', 'usage.events.v1', 'c', 'i', 4, now())")
        say("sealing days")
        seal_due(store, math.inf)


def _days(today: date, days: int) -> Iterator[date]:
    return (today - timedelta(days=days - nth) for nth in range(days))


def _members(family: Family) -> str:
    return f"bench_{family}"


_SLUGS: Final = "(SELECT arraySort(groupArray(slug)) FROM models)"
_SLUG: Final = f"{_SLUGS}[1 + cityHash64(number, 1) % greatest(1, length({_SLUGS}))]"
_DIMENSIONS: Final = {
    "gateway": "['edge-a', 'edge-b'][1 + number % 2]",
    "tenant": "concat('tenant-', toString(number % 5))",
    "model": _SLUG,
    "author": f"splitByChar('/', {_SLUG})[1]",
    "provider": "concat('provider-', toString(cityHash64(number, 2) % 40))",
    "variant": "['', '', 'free'][1 + number % 3]",
    "byok": "['no', 'no', 'no', 'yes', ''][1 + number % 5]",
    "category": "concat('category-', toString(number % 13))",
    "bucket_category": "concat('bucket-', toString(number % 9))",
    "sub_tag": "concat('tag-', toString(number % 60))",
    "billing_country": "['US', 'DE', 'IN', 'CN', 'BR', 'FR', 'GB', 'JP', 'KR', ''][1 + cityHash64(number, 3) % 10]",
    "language": "['en', 'zh', 'es', 'de', 'fr', 'pt', 'ja', 'ru', ''][1 + cityHash64(number, 4) % 9]",
}


def _write_members(store: Store, family: Family) -> None:
    names = CUBES[family].dimensions
    listed = ", ".join(f"toLowCardinality(toString({_DIMENSIONS[name]})) AS `{name}`" for name in names)
    store.command(
        f"CREATE TABLE {_members(family)} ENGINE = MergeTree ORDER BY ({', '.join(names)}) AS "
        f"SELECT number AS place, {listed} FROM numbers({SIZES[family].members})"
    )


def _of_day(day: date, *, fine: bool) -> Iterator[str]:
    for family in SIZES:
        if fine:
            yield _rows(family, day, "10s", _FINE_S)
        yield _rows(family, day, "1h", _HOUR_S)
    yield _accounts(day)
    yield _ledger(day)


def _rows(family: Family, day: date, level: str, step_s: int) -> str:
    """Return the INSERT of one received day of a level, in the order of its key."""
    cube = CUBES[family]
    names = ("received_day", "bucket", *cube.dimensions, "received_max", *(each.name for each in cube.measures))
    noon = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
    seen = f"cityHash64(at, place) % greatest(place, {SIZES[family].busy}) < {SIZES[family].busy}"
    scale = step_s // _FINE_S
    attempts = f"(1 + cityHash64(at, place, 5) % greatest(1, intDiv({6 * scale}, 1 + intDiv(place, 100))))"
    listed = ", ".join(
        (
            f"toDate('{day}') AS received_day",
            "toDateTime(at, 'UTC') AS bucket",
            *(f"one.{name} AS {name}" for name in cube.dimensions),
            f"toDateTime64(at + {step_s}, 3, 'UTC') AS received_max",
            *(f"{_value(each)} AS {each.name}" for each in cube.measures),
        )
    )
    where = "" if step_s == _HOUR_S else f"WHERE {seen}"
    return (
        f"INSERT INTO usage_{family}_{level} ({', '.join(f'`{name}`' for name in names)}) "
        f"SELECT {listed} FROM (SELECT *, {attempts} AS a, "
        f"a * (300 + cityHash64(at, place, 6) % 4000) AS p, a * (50 + cityHash64(at, place, 7) % 900) AS o FROM "
        f"(SELECT {noon} + number * {step_s} AS at FROM numbers({86_400 // step_s})) AS times "
        f"CROSS JOIN {_members(family)} {where}) AS one {LOADED}, max_threads = 2"
    )


_EXACT: Final = {
    **dict.fromkeys(("attempts", "requests", "n", "finish_known", "tools_offered_known", "reasoning_known"), "a"),
    **dict.fromkeys(("cached_known", "any_n", "any_bucket_n", "priced_n", "paid_n", "status_ok"), "a"),
    "prompt_tokens": "p",
    "completion_tokens": "o",
    "reasoning_tokens": "intDiv(o, 3)",
    "reasoning_completion_tokens": "o",
    "unpriced": "0",
    "unlisted": "0",
    **dict.fromkeys(("cost_nano", "list_cost_nano"), "p * 900 + o * 4000"),
    **dict.fromkeys(("priced_tokens", "listed_tokens"), "p + o"),
    "tool_call_requests": "intDiv(a, 4)",
    "tools_offered_requests": "intDiv(a, 2)",
}
_FIRST_BIN: Final = {
    "prompt_hist": 500,
    "completion_hist": 300,
    "total_hist": 550,
    "latency_hist": 800,
    "ttft_hist": 400,
}


def _value(measure: Measure) -> str:
    """Return the SQL of a measure: a part of what the attempts `a`, their prompt `p` and output `o` add up to."""
    if measure.kind is Kind.HISTOGRAM:
        return _histogram(_FIRST_BIN[measure.name])
    if measure.name in _EXACT:
        return f"toUInt64({_EXACT[measure.name]})"
    if measure.kind is Kind.COUNT:
        amount = "p + o" if "token" in measure.name else "p * 900" if "cost" in measure.name else "a"
        return f"toUInt64(intDiv({amount}, {2 + len(measure.name) % 7}))"
    weighted = "p + o" if measure.name in ("wt", "any_wt", "any_bucket_wt", "wt_priced_paid") else "a * 1000"
    return f"to{measure.kind.value}({weighted}) * to{measure.kind.value}(1000000)"


def _histogram(first: int) -> str:
    bins = f"range(least(a, {_BINS}))"
    keys = f"arrayMap(i -> toUInt16({first} + place % 150 + (i * 7 + at) % 400), {bins})"
    return f"mapFromArrays(arraySort(arrayDistinct({keys})), arrayMap(i -> toUInt64(1), arrayDistinct({keys})))"


def _accounts(day: date) -> str:
    """Return the INSERT of what accounts did on a day: each stays for a time, with a few models and apps."""
    names = [each.name for each in ACCOUNT_MEASURES]
    nth = (day - date(2020, 1, 1)).days
    # most come back while they are young
    age = "toUInt32(floor(390 * pow(cityHash64(number, nth, 1) % 1000000 / 1e6, 3)))"
    keys = (
        f"toDate('{day}') AS received_day, toDate('{day}') AS day, ['edge-a', 'edge-b'][1 + who % 2] AS gateway, "
        "concat('tenant-', toString(who % 5)) AS tenant, 'k1' AS account_key_id, "
        "lower(hex(SHA256(toString(who)))) AS account_hash, "
        f"{_SLUGS}[1 + cityHash64(who, pick % 3) % greatest(1, length({_SLUGS}))] AS model, "
        "['', 'free'][1 + pick % 2] AS variant, "
        "concat('category-', toString(cityHash64(who, pick % 2) % 13)) AS category, "
        "concat('app-', toString(who % 40)) AS app"
    )
    sums = {
        "attempts": "1 + count() * 2",
        "requests": "1 + count() * 2",
        "tokens": "sum(500 + pick % 4000)",
        "cost_nano": "sum(100000 + pick % 900000)",
        "unpriced": "0",
        "tool_call_tokens": "sum(pick % 500)",
        "tool_call_requests": "1",
        "w": "count() * 1000000",
        "wt": "toUInt128(sum(500 + pick % 4000)) * 1000000",
        "wc": "toUInt128(sum(100000 + pick % 900000)) * 1000000",
    }
    listed = ", ".join(f"{sums[name]} AS {name}" for name in names)
    stamp = f"toDateTime64('{day} 12:00:00', 3, 'UTC')"
    dimensions = "gateway, tenant, account_key_id, account_hash, model, variant, category, app"
    return (
        f"INSERT INTO usage_accounts_1d (received_day, day, {dimensions}, {', '.join(names)}, first_event, "
        "last_event) "
        f"SELECT {keys}, {listed}, {stamp} AS first_event, {stamp} AS last_event FROM (SELECT "
        f"{nth} AS nth, (nth - {age}) * {NEW_ACCOUNTS} + cityHash64(number, nth, 2) % {NEW_ACCOUNTS} AS who, "
        f"cityHash64(number, nth, 3) AS pick FROM numbers({ACCOUNT_ROWS})) "
        f"GROUP BY received_day, day, {dimensions} ORDER BY day, {dimensions} {LOADED}"
    )


def _ledger(day: date) -> str:
    """Return the INSERT of a batch a minute of four partitions."""
    stamp = f"toDateTime64('{day} 00:00:00', 3, 'UTC') + toIntervalSecond(60 * intDiv(number, 4))"
    start = f"({(day - date(2020, 1, 1)).days} * 1440 + intDiv(number, 4)) * 1500"
    return (
        "INSERT INTO usage_batches (received_day, epoch, topic, partition, batch_start, batch_end, received, stored, "
        "duplicates, conflicts, dead, dropped, append_time_min, append_time_max, rules, catalogue) "
        f"SELECT toDate('{day}'), '{_EPOCH}', 'usage.events.v1', number % 4, {start}, {start} + 1500, 1500, 1490, "
        "8, 0, "
        f"map('not_json', 2), 0, {stamp}, {stamp} + toIntervalSecond(59), 1, 1 FROM numbers(5760) {LOADED}"
    )


def rows_of(store: Store) -> dict[str, int]:
    """Return how many rows each stored level has."""
    found = store.rows(
        "SELECT table, sum(rows) AS rows FROM system.parts WHERE active AND database = currentDatabase() "
        "AND table LIKE 'usage_%' GROUP BY table ORDER BY table"
    )
    return {row["table"]: int(row["rows"]) for row in found}


def rollup_rows(rows: Iterable[tuple[str, int]]) -> int:
    """Return the rows of 10 s and 1 h levels."""
    return sum(count for table, count in rows if table.endswith(("_10s", "_1h")))
