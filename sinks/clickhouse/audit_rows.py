"""Runs of the continuous audit, as `usage_audits` keeps them for a month."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final

import pyarrow as pa

from tokentide.sinks.clickhouse.store import Store

_SCHEMA: Final = pa.schema(
    [
        pa.field("ran_at", pa.timestamp("ms", "UTC"), nullable=False),
        pa.field("scope", pa.string(), nullable=False),
        pa.field("facts", pa.uint64(), nullable=False),
        pa.field("mismatches", pa.uint64(), nullable=False),
        pa.field("first_difference", pa.string(), nullable=False),
        pa.field("seconds", pa.float64(), nullable=False),
    ]
)


@dataclass(frozen=True, slots=True)
class AuditRun:
    """One run.

    Attributes:
        ran_at: when it began.
        scope: `recent`, or the sealed received day that it ended.
        facts: facts compared.
        mismatches: what differed in two runs in a row.
        first_difference: one sentence on the first of them, or ''.
        seconds: how long it took.
    """

    ran_at: datetime
    scope: str
    facts: int
    mismatches: int
    first_difference: str
    seconds: float


def record_run(store: Store, run: AuditRun) -> None:
    """Record a run; of two leaders in the same minute only the first says something."""
    token = f"audit:{run.scope}:{run.ran_at:%Y%m%d%H%M}"
    store.insert("usage_audits", pa.Table.from_pylist([asdict(run)], _SCHEMA), token)


def last_runs(store: Store, most: int = 5) -> list[AuditRun]:
    """Return the newest runs, newest first."""
    return [_run(row) for row in store.rows(f"SELECT * FROM usage_audits ORDER BY ran_at DESC LIMIT {most}")]


def audited_days(store: Store) -> dict[str, datetime]:
    """Return when each sealed day was last audited to its end."""
    sql = "SELECT toString(scope) AS day, max(ran_at) AS last FROM usage_audits WHERE scope != 'recent' GROUP BY day"
    return {row["day"]: _utc(row["last"]) for row in store.rows(sql)}


def _run(row: Mapping[str, Any]) -> AuditRun:
    return AuditRun(**{**row, "ran_at": _utc(row["ran_at"])})


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
