"""The additive measures of the model family, per group, from columns of facts.

What each measure means is written once, in `tokentide.schemas.rollup`.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tokentide.schemas.rollup import MODEL_MEASURES
from tokentide.streams.transforms.facts import Facts, Numbers, codes_of
from tokentide.streams.transforms.keys import Groups
from tokentide.streams.transforms.sums import Sums

U64 = NDArray[np.uint64]
Rows = NDArray[np.bool_]

_SUMMED: Final = ("prompt_tokens", "completion_tokens", "cache_write_tokens")
_SUMMED_AND_KNOWN: Final = {
    "reasoning_tokens": "reasoning_known",
    "cached_tokens": "cached_known",
}
_MONEY: Final = {"cost_nano": ("unpriced", "priced_tokens"), "list_cost_nano": ("unlisted", "listed_tokens")}
_TIMED: Final = {"latency_ms": "latency_hist", "ttft_ms": "ttft_hist"}
_STATUSES: Final = tuple(
    m.name for m in MODEL_MEASURES if m.name.startswith("status_") and m.name != "status_unknown"
)
_FINISHES: Final = tuple(m.name for m in MODEL_MEASURES if m.name.startswith("finish_") and m.name != "finish_known")


class Measures:
    """Computes each measure of grouped facts, as Arrow columns with one row per group."""

    def __init__(self, facts: Facts, groups: Groups) -> None:
        self._facts = facts
        self._sums = Sums(groups)
        self._status = facts.text("status")
        self._finish = facts.text("finish_reason")
        self._tool_call = _equals(self._finish, "tool_calls")
        self._cost = facts.numbers("cost_nano").values
        self._total = Numbers(facts.numbers("prompt_tokens").values + facts.numbers("completion_tokens").values, None)

    def columns(self) -> dict[str, pa.Array]:
        """Return every measure by name."""
        return dict(
            (
                *self._attempts(),
                *self._outcomes(),
                *self._tokens(),
                *self._tools(),
                *self._money(),
                *self._squares(),
                *self._histograms(),
            )
        )

    def _attempts(self) -> Iterator[tuple[str, pa.Array]]:
        yield "attempts", self._sums.count(None)
        yield "requests", self._sums.count(self._facts.numbers("attempt").values == 1)
        yield from self._by_word(_STATUSES, self._status)
        yield "status_unknown", self._sums.count(_equals(self._status, ""))
        yield from self._by_word(_FINISHES, self._finish)
        yield "finish_known", self._sums.count(~_equals(self._finish, ""))

    def _outcomes(self) -> Iterator[tuple[str, pa.Array]]:
        good = _equals(self._status, "ok", "") & _equals(self._finish, "stop", "tool_calls")
        yield "good_requests", self._sums.count(good)
        yield "good_cost_nano", self._sums.total(self._cost * good)
        filtered = _equals(self._finish, "content_filter")
        yield "content_filter_tokens", self._sums.total(self._total.values * filtered)
        cancelled = self._facts.numbers("cancelled").values > 0
        yield "cancelled_requests", self._sums.count(cancelled | _equals(self._status, "cancelled"))

    def _tokens(self) -> Iterator[tuple[str, pa.Array]]:
        for name in _SUMMED:
            yield name, self._sums.total(self._facts.numbers(name).values)
        for name, known in _SUMMED_AND_KNOWN.items():
            column = self._facts.numbers(name)
            yield name, self._sums.total(column.values)
            yield known, self._sums.count(column.known)
        completion = self._facts.numbers("completion_tokens").values
        reasoning = self._facts.numbers("reasoning_tokens")
        yield "reasoning_completion_tokens", self._sums.total(_where_known(completion, reasoning))

    def _tools(self) -> Iterator[tuple[str, pa.Array]]:
        known = self._facts.numbers("tools_offered")
        offered = known.values > 0
        yield "tools_offered_requests", self._sums.count(offered)
        yield "tools_offered_known", self._sums.count(known.known)
        for kind, rows in (("tools_offered", offered), ("tool_call", self._tool_call)):
            yield f"{kind}_tokens", self._sums.total(self._total.values * rows)
            yield f"{kind}_cost_nano", self._sums.total(self._cost * rows)
        yield "tool_call_requests", self._sums.count(self._tool_call)

    def _money(self) -> Iterator[tuple[str, pa.Array]]:
        for name, (unknown, tokens) in _MONEY.items():
            column = self._facts.numbers(name)
            yield name, self._sums.total(column.values)
            yield unknown, self._sums.count(_none_of(column))
            yield tokens, self._sums.total(_where_known(self._total.values, column))

    def _squares(self) -> Iterator[tuple[str, pa.Array]]:
        for name, values in (("tokens", self._total.values), ("cost", self._cost)):
            yield f"{name}_sq", self._sums.squares(values)
            yield f"tool_call_{name}_sq", self._sums.squares(values * self._tool_call)

    def _histograms(self) -> Iterator[tuple[str, pa.Array]]:
        yield "prompt_hist", self._sums.histogram(self._facts.numbers("prompt_tokens"))
        yield "completion_hist", self._sums.histogram(self._facts.numbers("completion_tokens"))
        yield "total_hist", self._sums.histogram(self._total)
        for name, histogram in _TIMED.items():
            yield histogram, self._sums.histogram(self._facts.numbers(name))

    def _by_word(self, names: tuple[str, ...], column: pa.DictionaryArray) -> Iterator[tuple[str, pa.Array]]:
        """Count the rows of each word of a closed set; names are the measures, each ending in its word."""
        words = [name.partition("_")[2] for name in names]
        # the last code takes words no measure counts
        places = [words.index(text) if text in words else len(words) for text in column.dictionary.to_pylist()]
        counts = self._sums.codes(np.array(places, np.int64)[codes_of(column)], len(words) + 1)
        for place, name in enumerate(names):
            yield name, pa.array(counts[:, place].copy())


def _equals(column: pa.DictionaryArray, *words: str) -> Rows:
    texts = np.array([text in words for text in column.dictionary.to_pylist()], np.bool_)
    return texts[codes_of(column)]


def _where_known(values: U64, column: Numbers) -> U64:
    return values if column.known is None else values * column.known


def _none_of(column: Numbers) -> Rows:
    if column.known is None:
        return np.zeros(len(column.values), np.bool_)
    return ~column.known
