"""Rows of closed cells as the dense arrays the detector decides on."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa

from tokentide.schemas.alert_rules import CELL_S
from tokentide.sinks.clickhouse.alert_cells import CellSpan
from tokentide.sinks.clickhouse.alert_sums import RATIO_MEMBERS
from tokentide.streams.detection.cells import Cells

_SUMS: Final = ("events", "amount", "amount_sq")


def dense(watch: str, rows: pa.Table, span: CellSpan) -> Cells:
    """Return the cells of a span, zeros where nothing came.

    Args:
        watch: whose members have an order of their own: the judged one of a ratio is first.
        rows: start_s, member, sums; of this watch, within the span.
    """
    starts = np.arange(span.start, span.end, CELL_S, dtype=np.int64)
    names = rows.column("member").to_pylist()
    members = _members(watch, names)
    row = (rows.column("start_s").cast(pa.int64()).to_numpy() - span.start) // CELL_S
    column = np.fromiter(map({name: at for at, name in enumerate(members)}.__getitem__, names), np.int64, len(names))
    shape = (len(starts), len(members))
    sums = {name: _placed(shape, row, column, rows.column(name)) for name in _SUMS}
    late = np.zeros(len(starts), np.bool_)
    late[row[rows.column("late").to_numpy(zero_copy_only=False).astype(np.bool_)]] = True
    known = {name: _known(rows, name, (shape, row, column)) for name in ("top_account", "top_key", "cost")}
    return Cells(
        start=starts,
        members=members,
        late=late,
        clustered_sq=_known(rows, "clustered_sq", (shape, row, column), "amount_sq"),
        **sums,
        **known,
    )


def _members(watch: str, names: Sequence[str]) -> tuple[str, ...]:
    return RATIO_MEMBERS[watch] if watch in RATIO_MEMBERS else tuple(sorted(set(names)))


def _placed(shape: tuple[int, int], row: Any, column: Any, values: Any) -> Any:
    filled = np.zeros(shape)
    filled[row, column] = values.to_numpy(zero_copy_only=False)
    return filled


def _known(rows: pa.Table, name: str, where: tuple[Any, Any, Any], instead: str | None = None) -> Any:
    """Return a sum that may be unknown: None if it always is; where it is, `instead` or nothing stands for it."""
    values = rows.column(name)
    if values.null_count == len(values):
        return None
    filled = values.to_numpy(zero_copy_only=False).astype(np.float64)
    absent = np.isnan(filled)
    filled[absent] = rows.column(instead).to_numpy(zero_copy_only=False)[absent] if instead else 0.0
    return _placed(*where, pa.array(filled))
