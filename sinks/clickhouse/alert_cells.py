"""Closed cells: worked out once from facts, kept for ten weeks, read back as columns."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import pyarrow as pa

from tokentide.schemas.alert_rules import CELL_S, Kind, Watch
from tokentide.sinks.clickhouse.alert_sums import ARRIVALS, DIMENSIONS, LARGE, categories, shares, wholes
from tokentide.sinks.clickhouse.store import Store

LATE_PART: Final = 0.5
"""A cell of which less than this part came in time is the sum of all, and marked late."""
LOOK_AT: Final = 40_000
"""Events of a cell whose accounts are all looked at; of a larger one every n-th account is, and every large one."""
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
    arrivals = store.rows(ARRIVALS, span.params())
    late = [row["start_s"] for row in arrivals if row["timely"] < LATE_PART * row["all"]]
    most = max((row["all"] for row in arrivals), default=0)
    if most > LOOK_AT and span.end - span.start > CELL_S:
        each = range(span.start, span.end, CELL_S)
        return pa.concat_tables(cells_from_facts(store, watches, CellSpan(at, at + CELL_S)) for at in each)
    every = -(-most // LOOK_AT)
    params = span.params() | {"late": [moment(second) for second in late], "every": max(1, every)}
    params["large"] = [row["account"] for row in store.rows(LARGE, params)] if every > 1 else []
    found = [
        _joined(store.query(sums, params), store.query(accounts, params), units, late)
        for units, (sums, accounts) in _statements(watches)
    ]
    return pa.concat_tables(found) if found else CELL_SCHEMA.empty_table()


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


def read_new(store: Store, span: CellSpan) -> pa.Table:
    """Return what is kept of all watches, by `watch` and `unit`: for the few cells that have just closed."""
    sql = (
        "SELECT toString(watch) AS watch, toString(unit) AS unit, toUnixTimestamp(start) AS start_s, member, events, "
        "amount, amount_sq, clustered_sq, top_account, top_key, cost, late FROM alert_cells FINAL "
        "WHERE start >= {from_s:DateTime('UTC')} AND start < {to_s:DateTime('UTC')} ORDER BY start, member"
    )
    return store.query(sql, span.params())


def read_folded(store: Store, watch: Watch, span: CellSpan, members: Sequence[str]) -> pa.Table:
    """Return what `read_cells` does of some members, and of all others together as `other`.

    It is what the baseline needs: of hundreds of models over eight weeks only a few must travel.
    """
    sql = (
        "SELECT toUnixTimestamp(start) AS start_s, if(member IN {members:Array(String)}, member, 'other') AS folded, "
        "sum(cell.events) AS events, sum(cell.amount) AS amount, sum(cell.amount_sq) AS amount_sq, "
        "if(count(cell.clustered_sq) = 0, NULL, sum(ifNull(cell.clustered_sq, cell.amount_sq))) AS clustered_sq, "
        "max(cell.top_account) AS top_account, "
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


def _statements(watches: Sequence[Watch]) -> Iterator[tuple[Mapping[str, str], tuple[str, str]]]:
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


def _joined(sums: pa.Table, accounts: pa.Table, units: Mapping[str, str], late: Sequence[int]) -> pa.Table:
    """Return cells: sums, with what accounts make of them where any is known."""
    known = {(row["watch"], row["start_s"], row["member"]): row for row in accounts.to_pylist()}
    marked = set(late)
    rows = [
        row
        | _of_accounts(row["unknown_sq"], known.get((row["watch"], row["start_s"], row["member"])))
        | {"unit": units[row["watch"]], "start": moment(row["start_s"]), "late": row["start_s"] in marked}
        for row in sums.to_pylist()
    ]
    return pa.Table.from_pylist(rows, CELL_SCHEMA)


def _of_accounts(unknown_sq: float, found: Mapping[str, Any] | None) -> dict[str, float | None]:
    """Return the squares by account; events without one are each an account of their own."""
    if found is None:
        return {"clustered_sq": None, "top_account": None, "top_key": None}
    return {
        "clustered_sq": unknown_sq + found["clustered_sq"],
        "top_account": found["top_account"],
        "top_key": found["top_key"],
    }


def _second(time: datetime | int) -> int:
    if isinstance(time, int):
        return time
    return int((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp())
