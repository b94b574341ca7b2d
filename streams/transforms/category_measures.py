"""The additive measures of the category family: weighted sums and those that the variance of a ratio needs."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tokentide.schemas.rollup import WEIGHT_OF_ONE
from tokentide.streams.transforms.classes import Entries
from tokentide.streams.transforms.facts import Facts
from tokentide.streams.transforms.keys import Groups
from tokentide.streams.transforms.sums import Sums
from tokentide.streams.transforms.wide import Wide

U64 = NDArray[np.uint64]
Rows = NDArray[np.bool_]

_SQUARE: Final = 2
_WIDE: Final = 4
"""Words of 64 bits."""


class CategoryMeasures:
    """Computes each measure of grouped entries, as Arrow columns with one row per group."""

    def __init__(self, facts: Facts, entries: Entries, groups: Groups) -> None:
        self._sums = Sums(groups)
        self._entries = entries
        prompt, completion = (facts.numbers(f"{kind}_tokens").values for kind in ("prompt", "completion"))
        cost = facts.numbers("cost_nano")
        priced = np.ones(facts.rows, np.bool_) if cost.known is None else cost.known
        self._weight = _weights(facts)[entries.fact]
        self._values = {
            "t": (prompt + completion)[entries.fact],
            "p": prompt[entries.fact],
            "o": completion[entries.fact],
            "c": cost.values[entries.fact],
        }
        self._priced = priced[entries.fact] & entries.primary
        self._paid = self._priced & ~facts.equals("used_byok", "yes")[entries.fact]

    def columns(self) -> dict[str, pa.Array]:
        """Return every measure by name."""
        return dict((*self._primary(), *self._money(), *self._any()))

    def _primary(self) -> Iterator[tuple[str, pa.Array]]:
        weight = self._weight * self._entries.primary
        yield "n", self._sums.count(self._entries.primary)
        yield "w", self._sums.total(weight)
        once = Wide.of(weight)
        twice = once.times(weight)
        yield "w2", self._sums.wide(twice, _SQUARE)
        for letter, values in self._values.items():
            product, square = once.times(values), twice.times(values)
            yield f"w{letter}", self._sums.wide(product, _SQUARE)
            yield f"w2{letter}", self._sums.wide(square, _SQUARE)
            yield f"w2{letter * 2}", self._sums.wide(square.times(values), _WIDE)
            if letter in "tc":
                words = _SQUARE if letter == "t" else _WIDE
                yield f"w{letter * 2}", self._sums.wide(product.times(values), words)

    def _money(self) -> Iterator[tuple[str, pa.Array]]:
        yield "priced_n", self._sums.count(self._priced)
        yield "w_priced", self._sums.total(self._weight * self._priced)
        yield "paid_n", self._sums.count(self._paid)
        paid = Wide.of(self._weight * self._paid)
        yield "wt_priced_paid", self._sums.wide(paid.times(self._values["t"]), _SQUARE)
        yield "wc_paid", self._sums.wide(paid.times(self._values["c"]), _SQUARE)

    def _any(self) -> Iterator[tuple[str, pa.Array]]:
        for prefix, rows in (("any", self._entries.any_category), ("any_bucket", self._entries.any_bucket)):
            weight = self._weight * rows
            wide = Wide.of(weight)
            yield f"{prefix}_n", self._sums.count(rows)
            yield f"{prefix}_w", self._sums.total(weight)
            yield f"{prefix}_w2", self._sums.wide(wide.times(weight), _SQUARE)
            yield f"{prefix}_wt", self._sums.wide(wide.times(self._values["t"]), _SQUARE)


def _weights(facts: Facts) -> U64:
    """Return the sample weight of each fact in millionths, of one for want of a rate."""
    weight = facts.numbers("sample_weight")
    if weight.known is None:
        return weight.values
    return np.where(weight.known, weight.values, np.uint64(WEIGHT_OF_ONE))
