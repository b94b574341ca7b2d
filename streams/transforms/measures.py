"""The additive measures of the model family, per group, from columns of facts.

Every sum is an exact integer: counts and sums modulo 2⁶⁴, squares modulo 2¹²⁸, histogram counts.
What each measure means is written once, in `tokentide.schemas.rollup`.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tokentide.schemas.rollup import MODEL_MEASURES
from tokentide.streams.transforms.facts import Facts, Numbers, codes_of
from tokentide.streams.transforms.histogram import indices
from tokentide.streams.transforms.keys import Groups
from tokentide.streams.transforms.squares import sums_of_squares

U64 = NDArray[np.uint64]
Rows = NDArray[np.bool_] | None

_HISTOGRAM_STRIDE: Final = 1 << 16
_SUMMED: Final = ("prompt_tokens", "completion_tokens", "cache_write_tokens")
_SUMMED_AND_KNOWN: Final = {
    "reasoning_tokens": "reasoning_known",
    "cached_tokens": "cached_known",
}
_MONEY: Final = {"cost_nano": "unpriced", "list_cost_nano": "unlisted"}
_TIMED: Final = {"latency_ms": "latency_hist", "ttft_ms": "ttft_hist"}
_STATUSES: Final = tuple(
    m.name for m in MODEL_MEASURES if m.name.startswith("status_") and m.name != "status_unknown"
)
_FINISHES: Final = tuple(m.name for m in MODEL_MEASURES if m.name.startswith("finish_") and m.name != "finish_known")


class Measures:
    """Computes each measure of grouped facts, as Arrow columns with one row per group."""

    def __init__(self, facts: Facts, groups: Groups) -> None:
        self._facts = facts
        self._groups = groups
        self._finish = facts.text("finish_reason")
        self._tool_call = _equals(self._finish, "tool_calls")
        prompt, completion = facts.numbers("prompt_tokens"), facts.numbers("completion_tokens")
        self._total = Numbers(prompt.values + completion.values, None)

    def columns(self) -> dict[str, pa.Array]:
        """Return every measure by name."""
        return dict(
            (
                *self._attempts(),
                *self._tokens(),
                *self._tools(),
                *self._money(),
                *self._squares(),
                *self._histograms(),
            )
        )

    def _attempts(self) -> Iterator[tuple[str, pa.Array]]:
        yield "attempts", self._count(None)
        yield "requests", self._count(self._facts.numbers("attempt").values == 1)
        status = self._facts.text("status")
        yield from self._by_word(_STATUSES, status)
        yield "status_unknown", self._count(_equals(status, ""))
        yield from self._by_word(_FINISHES, self._finish)
        yield "finish_known", self._count(~_equals(self._finish, ""))

    def _tokens(self) -> Iterator[tuple[str, pa.Array]]:
        for name in _SUMMED:
            yield name, self._sum(self._facts.numbers(name).values)
        for name, known in _SUMMED_AND_KNOWN.items():
            column = self._facts.numbers(name)
            yield name, self._sum(column.values)
            yield known, self._count(column.known)

    def _tools(self) -> Iterator[tuple[str, pa.Array]]:
        offered = self._facts.numbers("tools_offered")
        yield "tools_offered_requests", self._count(offered.values > 0)
        yield "tools_offered_known", self._count(offered.known)
        yield "tool_call_requests", self._count(self._tool_call)
        yield "tool_call_tokens", self._sum(self._total.values * self._tool_call)

    def _money(self) -> Iterator[tuple[str, pa.Array]]:
        for name, unknown in _MONEY.items():
            column = self._facts.numbers(name)
            yield name, self._sum(column.values)
            yield unknown, self._count(_none_of(column))
        yield "tool_call_cost_nano", self._sum(self._facts.numbers("cost_nano").values * self._tool_call)

    def _squares(self) -> Iterator[tuple[str, pa.Array]]:
        for name, values in (
            ("tokens", self._total.values),
            ("cost", self._facts.numbers("cost_nano").values),
        ):
            yield f"{name}_sq", self._sum_of_squares(values)
            yield f"tool_call_{name}_sq", self._sum_of_squares(values * self._tool_call)

    def _histograms(self) -> Iterator[tuple[str, pa.Array]]:
        yield "prompt_hist", self._histogram(self._facts.numbers("prompt_tokens"))
        yield "completion_hist", self._histogram(self._facts.numbers("completion_tokens"))
        yield "total_hist", self._histogram(self._total)
        for name, histogram in _TIMED.items():
            yield histogram, self._histogram(self._facts.numbers(name))

    def _by_word(self, names: tuple[str, ...], column: pa.DictionaryArray) -> Iterator[tuple[str, pa.Array]]:
        """Count the rows of each word of a closed set; names are the measures, each ending in its word."""
        width = len(names) + 1  # the last cell takes words no measure counts
        words = [name.partition("_")[2] for name in names]
        places = [words.index(text) if text in words else len(words) for text in column.dictionary.to_pylist()]
        cells = self._groups.group * width + np.array(places, np.int64)[codes_of(column)]
        counts = np.bincount(cells, minlength=len(self._groups) * width).reshape(-1, width)
        for place, name in enumerate(names):
            yield name, pa.array(counts[:, place].astype(np.uint64))

    def _count(self, rows: Rows) -> pa.Array:
        group = self._groups.group if rows is None else self._groups.group[rows]
        return pa.array(np.bincount(group, minlength=len(self._groups)).astype(np.uint64))

    def _sum(self, values: U64) -> pa.Array:
        return pa.array(np.add.reduceat(values[self._groups.order], self._groups.starts))

    def _sum_of_squares(self, values: U64) -> pa.Array:
        words = sums_of_squares(values[self._groups.order], self._groups.starts)
        bytes_ = pa.py_buffer(np.ascontiguousarray(words, "<u8"))
        return pa.Array.from_buffers(pa.binary(16), len(words), [None, bytes_])

    def _histogram(self, column: Numbers) -> pa.Array:
        rows = slice(None) if column.known is None else column.known
        cells = self._groups.group[rows] * _HISTOGRAM_STRIDE + indices(column.values[rows])
        cells, counts = np.unique(cells, return_counts=True)
        edges = np.arange(len(self._groups) + 1, dtype=np.int64) * _HISTOGRAM_STRIDE
        return pa.MapArray.from_arrays(
            pa.array(np.searchsorted(cells, edges).astype(np.int32)),
            pa.array((cells % _HISTOGRAM_STRIDE).astype(np.uint16)),
            pa.array(counts.astype(np.uint64)),
        )


def _equals(column: pa.DictionaryArray, word: str) -> NDArray[np.bool_]:
    texts = np.array([text == word for text in column.dictionary.to_pylist()], np.bool_)
    return texts[codes_of(column)]


def _none_of(column: Numbers) -> NDArray[np.bool_]:
    if column.known is None:
        return np.zeros(len(column.values), np.bool_)
    return ~column.known
