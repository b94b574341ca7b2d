"""Whether two answers are one: the same groups, integers exactly, other numbers nearly, quantiles within 1 %."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

Row = Mapping[str, Any]
QUANTILE = re.compile(r"_p\d\d$")


def differences(ours: Sequence[Row], second: Iterable[Row], keys: Sequence[str], columns: Iterable[str]) -> list[str]:
    """Return each cell that differs, in words.

    Args:
        ours: rows of the answer, dimensions by their names.
        second: rows of the recount, with `bucket` as a time, `part` and `grp`.
        keys: the dimensions of the answer, the outer one first.
        columns: what to compare.
    """
    left = {_place(row, keys): row for row in ours}
    right = {_counted_place(row, keys): row for row in second}
    found = [f"{where}: only in the answer" for where in left.keys() - right.keys()]
    found += [f"{where}: only in the recount" for where in right.keys() - left.keys()]
    if len(left) != len(ours):
        found.append("a group comes twice")
    for where in left.keys() & right.keys():
        for name in columns:
            one, other = left[where][name], _plain(right[where].get(name, "not recounted"))
            if not equal(name, one, other):
                found.append(f"{where} {name}: answered {one!r}, recounted {other!r}")
    return sorted(found)


def equal(name: str, one: Any, other: Any) -> bool:
    """Compare one cell; null is no number."""
    if QUANTILE.search(name) and isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=0.01)
    if isinstance(one, float) and isinstance(other, int | float) or isinstance(other, float) and isinstance(one, int):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
    return bool(one == other)


def _place(row: Row, keys: Sequence[str]) -> tuple[Any, ...]:
    return row.get("bucket"), *(row[key] for key in keys)


def _counted_place(row: Row, keys: Sequence[str]) -> tuple[Any, ...]:
    names = ("part", "grp")[-len(keys) :] if keys else ()
    return _plain(row["bucket"]), *(row[name] for name in names)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value
