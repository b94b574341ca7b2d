"""What the detector decided, as rows: changes of alerts, where each watch stands, what each can show."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

import pyarrow as pa

from tokentide.schemas.alert import AlertEvent
from tokentide.schemas.alert_columns import ALERT_COLUMNS, ALERT_SCHEMA, DERIVED, alert_row
from tokentide.sinks.clickhouse.store import Store

_SECOND: Final = pa.timestamp("s", "UTC")


def _text(name: str) -> pa.Field:
    return pa.field(name, pa.string(), nullable=False)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one watch stands.

    Attributes:
        watch: its name.
        tick: end of the last cell it has seen.
        status: unknown, no_data, ok, open; or off, where the field it watches never came.
        reason: why it is unknown or off.
        alert_id: of its open alert, or ''.
        state: what the next tick goes on from, JSON.
    """

    watch: str
    tick: datetime
    status: str
    reason: str
    alert_id: str
    state: str


@dataclass(frozen=True, slots=True)
class LimitRow:
    """The smallest change of one series that a window can show.

    Attributes:
        tick: when it was worked out.
        limit_pp: percentage points, or percent of a mean or a volume.
        n_eff: effective events in such a window.
        judged: shifts of this series are judged in this window now.
    """

    watch: str
    member: str
    window_s: int
    tick: datetime
    limit_pp: float
    n_eff: float
    share: float
    judged: bool


_STATES: Final = pa.schema(
    [
        _text("watch"),
        pa.field("tick", _SECOND, nullable=False),
        *map(_text, ("status", "reason", "alert_id", "state")),
    ]
)
_LIMITS: Final = pa.schema(
    [
        _text("watch"),
        _text("member"),
        pa.field("window_s", pa.uint32(), nullable=False),
        pa.field("tick", _SECOND, nullable=False),
        *(pa.field(name, pa.float64(), nullable=False) for name in ("limit_pp", "n_eff", "share")),
        pa.field("judged", pa.bool_(), nullable=False),
    ]
)


def record_changes(store: Store, changes: Sequence[AlertEvent]) -> None:
    """Write changes of alerts; one that is there already stays one."""
    _write(store, "alert_events", ALERT_SCHEMA, [alert_row(change) for change in changes])


def read_changes(store: Store, since: datetime | None = None, most: int = 1000) -> list[AlertEvent]:
    """Return the newest changes, oldest first.

    Args:
        since: only those decided on cells that end after this time.
        most: at most so many.
    """
    names = ", ".join(f"`{column.name}`" for column in ALERT_COLUMNS if column.name not in DERIVED)
    sql = (
        f"SELECT {names} FROM alert_events FINAL WHERE at > {{since:DateTime64(3, 'UTC')}} "
        f"ORDER BY at DESC, change_id LIMIT {most:d}"
    )
    rows = store.rows(sql, {"since": since or datetime(1970, 1, 1, tzinfo=UTC)})
    return [_change(row) for row in reversed(rows)]


def record_standings(store: Store, standings: Sequence[Standing]) -> None:
    """Write where the watches stand."""
    _write(store, "alert_state", _STATES, [asdict(each) for each in standings])


def read_standings(store: Store) -> dict[str, Standing]:
    """Return where each watch stands."""
    sql = "SELECT watch, toDateTime64(tick, 0, 'UTC') AS tick, status, reason, alert_id, state FROM alert_state FINAL"
    return {row["watch"]: replace(Standing(**row), tick=_utc(row["tick"])) for row in store.rows(sql)}


def record_limits(store: Store, limits: Sequence[LimitRow]) -> None:
    """Write what each series can show."""
    _write(store, "alert_limits", _LIMITS, [asdict(each) for each in limits])


def read_limits(store: Store) -> list[LimitRow]:
    """Return the newest limits of each watch."""
    sql = (
        "SELECT watch, member, window_s, toDateTime64(tick, 0, 'UTC') AS tick, limit_pp, n_eff, share, judged "
        "FROM alert_limits FINAL WHERE (watch, tick) IN (SELECT watch, max(tick) FROM alert_limits GROUP BY watch) "
        "ORDER BY watch, share DESC, member, window_s"
    )
    return [replace(LimitRow(**row), tick=_utc(row["tick"])) for row in store.rows(sql)]


def _write(store: Store, table: str, schema: pa.Schema, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows under a token of their content and of this opening of the store."""
    rows = list(rows)
    if not rows:
        return
    print_ = hashlib.sha256(repr(rows).encode()).hexdigest()[:24]
    store.insert(table, pa.Table.from_pylist(rows, schema), f"{table}:{print_}:{store.boot}")


def _change(row: Mapping[str, Any]) -> AlertEvent:
    return AlertEvent(**{name: _utc(value) if isinstance(value, datetime) else value for name, value in row.items()})


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
