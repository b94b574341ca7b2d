"""Say how a bucket of a stored level differs from its facts, measure by measure."""

from datetime import UTC, date, datetime
from typing import Any

from tokentide.sinks.clickhouse.audit_slices import within
from tokentide.sinks.clickhouse.batches import covered
from tokentide.sinks.clickhouse.recompute import BUCKET, Level, rows_from_facts
from tokentide.sinks.clickhouse.store import Store


def difference_at(store: Store, level: Level, day: date, bucket_s: int) -> str:
    """Return one sentence on the first thing that differs in a bucket of a received day."""
    where = f"{level.table}, bucket {datetime.fromtimestamp(bucket_s, UTC):%Y-%m-%dT%H:%M:%SZ}, received {day}"
    facts, stored = _of_facts(store, level, day, bucket_s), _of_level(store, level, day, bucket_s)
    for key in sorted(facts.keys() | stored.keys()):
        said = _said(level, facts.get(key), stored.get(key))
        if said:
            return f"{where}, {dict(zip(level.shape.dimension_names, key, strict=True))}: {said}"
    return f"{where}: differed from its facts, but no longer does"


def _said(level: Level, facts: dict[str, Any] | None, stored: dict[str, Any] | None) -> str | None:
    if facts is None:
        return "rows that no fact stands behind"
    if stored is None:
        return f"no row, though {facts.get('attempts', facts.get('any_n'))} facts belong there"
    for name in _merged(level):
        if facts[name] != stored[name]:
            return f"{name} is {_shown(stored[name])} but its facts add up to {_shown(facts[name])}"
    return None


def _merged(level: Level) -> list[str]:
    return [merged.column.name for merged in level.shape.merged]


def _shown(value: Any) -> str:
    if isinstance(value, bytes):
        return str(int.from_bytes(value, "little"))
    if isinstance(value, list):
        return f"a histogram of {sum(count for _, count in value)}"
    return str(value)


def _of_facts(store: Store, level: Level, day: date, bucket_s: int) -> dict[tuple[str, ...], dict[str, Any]]:
    # The table's key is named, whatever the width of the level's buckets, so that no other hour is read.
    where = f"toDate(fact.received_at) = '{day}' AND {within(BUCKET, [(bucket_s, bucket_s + level.step_s)])}"
    settled = covered("fact") if level.behind_ledger else "1"
    return _keyed(store, level, rows_from_facts(level, f"{where} AND {settled}"))


def _of_level(store: Store, level: Level, day: date, bucket_s: int) -> dict[tuple[str, ...], dict[str, Any]]:
    where = f"received_day = '{day}' AND {level.bucket_of('stored')} = toDateTime({bucket_s}, 'UTC')"
    return _keyed(store, level, f"SELECT * FROM {level.table} AS stored FINAL WHERE {where}")


def _keyed(store: Store, level: Level, sql: str) -> dict[tuple[str, ...], dict[str, Any]]:
    names = level.shape.dimension_names
    rows = store.rows(f"SELECT {', '.join((*names, *_merged(level)))} FROM ({sql}) ORDER BY ALL LIMIT 10000")
    return {tuple(str(row[name]) for name in names): row for row in rows}
