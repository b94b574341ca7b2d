"""Closed cells: worked out once from facts, kept for ten weeks, read back as columns."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import pyarrow as pa

from tokentide.schemas.alert_rules import CELL_S, Kind, Watch
from tokentide.sinks.clickhouse.alert_sums import ARRIVALS, DIMENSIONS, categories, shares, wholes
from tokentide.sinks.clickhouse.store import Store

LATE_PART: Final = 0.5
"""A cell of which less than this part came in time is the sum of all, and marked late."""
_CATEGORY: Final = "category"

CELL_SCHEMA: Final = pa.schema(
    [
        pa.field("watch", pa.string(), nullable=False),
        pa.field("unit", pa.string(), nullable=False),
        pa.field("start", pa.timestamp("s", "UTC"), nullable=False),
        pa.field("member", pa.string(), nullable=False),
        *(pa.field(name, pa.float64(), nullable=False) for name in ("events", "amount", "amount_sq")),
        *(pa.field(name, pa.float64()) for name in ("clustered_sq", "top_account", "top_key", "cost")),
        pa.field("late", pa.bool_(), nullable=False),
    ]
)


@dataclass(frozen=True, slots=True)
class CellSpan:
    """Cells from `start` on that end at `end` or before: unix seconds, multiples of 300."""

    start: int
    end: int

    def params(self) -> dict[str, Any]:
        """Return the parameters of a query over it."""
        return {"from_s": moment(self.start), "to_s": moment(self.end)}


def moment(second: int) -> datetime:
    """Return the UTC time of a unix second."""
    return datetime.fromtimestamp(second, UTC)


def cells_from_facts(store: Store, watches: Sequence[Watch], span: CellSpan) -> pa.Table:
    """Return the rows of every watch for the cells of a span, of CELL_SCHEMA."""
    late = late_cells(store, span)
    params = span.params() | {"late": [moment(second) for second in late]}
    found = [_with_unit(store.query(sql, params), unit, late) for unit, sql in _statements(watches)]
    return pa.concat_tables(found) if found else CELL_SCHEMA.empty_table()


def late_cells(store: Store, span: CellSpan) -> list[int]:
    """Return the starts of the cells most of which came after they had closed."""
    arrivals = store.rows(ARRIVALS, span.params())
    return [_second(row["start"]) for row in arrivals if row["timely"] < LATE_PART * row["all"]]


def write_cells(store: Store, rows: pa.Table, span: CellSpan) -> None:
    """Keep the cells of a span; written before, they are the same."""
    if rows.num_rows:
        store.insert("alert_cells", rows, f"cells:{span.start}:{span.end}:{rows.num_rows}:{store.boot}")


def read_cells(store: Store, watch: Watch, span: CellSpan) -> pa.Table:
    """Return what is kept of one watch, in order of time and member."""
    sql = (
        "SELECT toUnixTimestamp(start) AS start_s, member, events, amount, amount_sq, clustered_sq, top_account, "
        "top_key, cost, late FROM alert_cells FINAL WHERE watch = {watch:String} AND unit = {unit:String} "
        "AND start >= {from_s:DateTime('UTC')} AND start < {to_s:DateTime('UTC')} ORDER BY start, member"
    )
    return store.query(sql, span.params() | {"watch": watch.name, "unit": unit_of(watch)})


def read_folded(store: Store, watch: Watch, span: CellSpan, members: Sequence[str]) -> pa.Table:
    """Return what `read_cells` does of some members, and of all others together as `other`.

    It is what the baseline needs: of hundreds of models over eight weeks only a few must travel.
    """
    sql = (
        "SELECT toUnixTimestamp(start) AS start_s, if(member IN {members:Array(String)}, member, 'other') AS folded, "
        "sum(events) AS events, sum(amount) AS amount, sum(amount_sq) AS amount_sq, "
        "sum(clustered_sq) AS clustered_sq, max(cell.top_account) AS top_account, "
        "argMax(cell.top_key, (cell.top_account, cell.top_key)) AS top_key, sum(cost) AS cost, max(late) AS late "
        "FROM alert_cells AS cell FINAL WHERE watch = {watch:String} AND unit = {unit:String} "
        "AND start >= {from_s:DateTime('UTC')} AND start < {to_s:DateTime('UTC')} "
        "GROUP BY start, folded ORDER BY start, folded"
    )
    params = span.params() | {"watch": watch.name, "unit": unit_of(watch), "members": list(members)}
    return store.query(sql, params).rename_columns(
        [
            "start_s",
            "member",
            "events",
            "amount",
            "amount_sq",
            "clustered_sq",
            "top_account",
            "top_key",
            "cost",
            "late",
        ]
    )


def kept_span(store: Store) -> CellSpan | None:
    """Return from when to when cells are kept, or None."""
    found = store.rows("SELECT count() AS n, min(start) AS first, max(start) AS last FROM alert_cells")[0]
    return CellSpan(_second(found["first"]), _second(found["last"]) + CELL_S) if found["n"] else None


def watches_seen(store: Store) -> set[str]:
    """Return the watches that any cell has something of."""
    return {row["watch"] for row in store.rows("SELECT DISTINCT toString(watch) AS watch FROM alert_cells")}


def first_fact(store: Store) -> int | None:
    """Return the start of the first cell that has facts, or None."""
    found = store.rows("SELECT count() AS n, min(event_time) AS first FROM usage_events")[0]
    return _second(found["first"]) // CELL_S * CELL_S if found["n"] else None


def unit_of(watch: Watch) -> str:
    """Return the unit that cells of a watch are kept under; ratios and means have but one."""
    return watch.unit if watch.kind in (Kind.SHARE, Kind.VOLUME) else ""


def _statements(watches: Sequence[Watch]) -> Iterator[tuple[Mapping[str, str], str]]:
    """Yield the passes over facts, each with the units of its watches."""
    for unit in sorted({watch.unit for watch in watches}):
        of_unit = [watch for watch in watches if watch.unit == unit]
        units = {watch.name: unit_of(watch) for watch in of_unit}
        if grouped := {name: DIMENSIONS[name] for name in units if name in DIMENSIONS}:
            yield units, shares(grouped, unit)
        if _CATEGORY in units:
            yield units, categories(unit)
        if rest := tuple(name for name in units if name not in DIMENSIONS and name != _CATEGORY):
            yield units, wholes(rest, unit)


def _with_unit(rows: pa.Table, units: Mapping[str, str], late: Sequence[int]) -> pa.Table:
    names = rows.column("watch").to_pylist()
    starts = rows.column("start").cast(pa.int64()).cast(pa.timestamp("s", "UTC"))
    marked = set(late)
    flags = [second in marked for second in starts.cast(pa.int64()).to_pylist()]
    values = {
        **{name: rows.column(name) for name in rows.column_names},
        "unit": pa.array([units[name] for name in names], pa.string()),
        "start": starts,
        "late": pa.array(flags, pa.bool_()),
    }
    return pa.table([values[field.name].cast(field.type) for field in CELL_SCHEMA], schema=CELL_SCHEMA)


def _second(time: datetime | int) -> int:
    if isinstance(time, int):
        return time
    return int((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp())
