"""Events to facts: where they stood in the log, dimensions as used, list price, flags.

Nothing here is looked up again later: facts carry every decision with the versions that made it, so
audits and rebuilds are sums over stored keys.
"""

from dataclasses import dataclass
from enum import IntFlag
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tokentide.schemas import categories, places
from tokentide.schemas.catalogue.catalogue import Catalogue
from tokentide.schemas.columns import FACT_SCHEMA
from tokentide.schemas.position import Span
from tokentide.schemas.rollup import CAPPED_DIMENSIONS
from tokentide.streams.transforms.caps import CapTrial
from tokentide.streams.transforms.classify import classify
from tokentide.streams.transforms.facts import Facts, Numbers, coded, codes_of
from tokentide.streams.transforms.neutral import completed
from tokentide.streams.transforms.prices import Billed, list_costs

I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]

_DAY_MS: Final = 86_400_000
_BYOK: Final = ("", "no", "yes")


class Flag(IntFlag):
    """What is kept but worth knowing: the bits of the `flags` column."""

    TOTAL_MISMATCH = 1
    UNKNOWN_MODEL = 2
    UNPRICED = 4
    CAPPED = 8
    UNKNOWN_COUNTRY = 16


@dataclass(frozen=True, slots=True)
class Where:
    """The batch facts belong to, and the version of the rules that accepted them."""

    span: Span
    rules: int


def enrich(  # noqa: PLR0913 - four of them are columns of the same rows
    events: pa.RecordBatch,
    where: Where,
    offsets: U64,
    received_ms: I64,
    payload_hash: U64,
    catalogue: Catalogue,
    caps: CapTrial,
) -> pa.RecordBatch:
    """Return the facts of accepted, new events.

    Args:
        events: rows of `EVENT_SCHEMA` in offset order.
        where: the batch.
        offsets: Kafka offset of each row, shape (n,).
        received_ms: Kafka timestamp of each row, unix ms, shape (n,).
        payload_hash: hash of everything but the id, shape (n,).
        catalogue: names and prices.
        caps: the trial of this batch under the dimension caps; takes up the values used here.

    Returns:
        Rows of `FACT_SCHEMA`, in the same order.
    """
    rows = events.num_rows
    columns = dict(zip(events.schema.names, events.columns, strict=True))
    columns |= _batch(where, catalogue.version, rows)
    columns |= {
        "offset": pa.array(offsets.astype(np.uint64)),
        "received_at": pa.array(received_ms).view(pa.timestamp("ms", "UTC")),
        "payload_hash": pa.array(payload_hash),
    }
    columns |= _Enrichment(Facts(events), catalogue).columns(received_ms // _DAY_MS, caps) if rows else {}
    return completed(columns, FACT_SCHEMA, rows)


def _batch(where: Where, catalogue: int, rows: int) -> dict[str, pa.Array]:
    partition = where.span.partition
    return {
        "epoch": _same(partition.epoch, rows),
        "topic": _same(partition.topic, rows),
        "partition": pa.array(np.full(rows, partition.number, np.uint32)),
        "batch_start": pa.array(np.full(rows, where.span.start, np.uint64)),
        "rules": pa.array(np.full(rows, where.rules, np.uint16)),
        "catalogue": pa.array(np.full(rows, catalogue, np.uint32)),
    }


class _Enrichment:
    """The used dimensions, list price and flags of one batch of events."""

    def __init__(self, events: Facts, catalogue: Catalogue) -> None:
        self._events = events
        self._catalogue = catalogue
        model = events.text("model")
        self._names = [catalogue.normalise(raw) for raw in model.dictionary.to_pylist()]
        self._codes = codes_of(model)
        self._variant = self._used_variant()
        self._country = self._used_country()

    def columns(self, days: I64, caps: CapTrial) -> dict[str, pa.Array]:
        """Return the enrichment columns; `days` is the received day of each row."""
        dimensions, capped = self._capped(days, caps)
        list_cost = self._list_cost()
        return {
            **dimensions,
            "used_byok": self._byok(),
            **classify(self._events, categories.load()),
            "used_country": self._country,
            "list_cost_nano": pa.array(list_cost.values, mask=_unknown(list_cost)),
            "flags": pa.array(self._flags(capped)),
        }

    def _capped(self, days: I64, caps: CapTrial) -> tuple[dict[str, pa.Array], NDArray[np.bool_]]:
        used = {
            "gateway": self._events.text("gateway"),
            "tenant": self._events.text("tenant"),
            "model": coded(self._codes, [name.slug for name in self._names]),
            "author": coded(self._codes, [name.author for name in self._names]),
            "provider": self._events.text("provider"),
            "variant": self._variant,
            "language": self._events.text("language"),
        }
        capped = np.zeros(len(days), np.bool_)
        for name in CAPPED_DIMENSIONS:
            used[name], over = caps.apply(days, name, used[name])
            capped |= over
        return {f"used_{name}": column for name, column in used.items()}, capped

    def _used_variant(self) -> pa.DictionaryArray:
        """The event's own variant, or the one its model name ends in."""
        own = self._events.text("variant")
        texts = own.dictionary.to_pylist()
        absent = np.array([text == "" for text in texts], np.bool_)
        codes = codes_of(own)
        codes = np.where(absent[codes], len(texts) + self._codes, codes)
        return coded(codes, [*texts, *(name.variant for name in self._names)])

    def _used_country(self) -> pa.DictionaryArray:
        sent, countries = self._events.text("billing_country"), places.load()
        return coded(codes_of(sent), [countries.used(code) for code in sent.dictionary.to_pylist()])

    def _list_cost(self) -> Numbers:
        event_ms = self._events.times("event_time", "ms")
        billed = Billed(
            slugs=[name.slug for name in self._names],
            slug_codes=self._codes,
            variants=self._variant.dictionary.to_pylist(),
            variant_codes=codes_of(self._variant),
            event_ms=event_ms,
        )
        prompt, completion, cached = (
            self._events.numbers(f"{kind}_tokens").values.astype(np.int64)
            for kind in ("prompt", "completion", "cached")
        )
        return list_costs(billed, prompt, completion, cached, self._catalogue)

    def _byok(self) -> pa.DictionaryArray:
        answers = self._events.numbers("is_byok")
        codes = answers.values.astype(np.int64) + 1
        if answers.known is not None:
            codes[~answers.known] = 0
        return coded(codes, list(_BYOK))

    def _flags(self, capped: NDArray[np.bool_]) -> NDArray[np.uint8]:
        numbers = self._events.numbers
        total = numbers("total_tokens")
        mismatch = total.values != numbers("prompt_tokens").values + numbers("completion_tokens").values
        unknown = np.array([not name.known for name in self._names], np.bool_)[self._codes]
        flags = np.zeros(len(capped), np.uint8)
        for flag, rows in (
            (Flag.TOTAL_MISMATCH, mismatch & ~_unknown(total)),
            (Flag.UNKNOWN_MODEL, unknown),
            (Flag.UNPRICED, _unknown(numbers("cost_nano"))),
            (Flag.CAPPED, capped),
            (Flag.UNKNOWN_COUNTRY, _equals(self._country, places.UNKNOWN)),
        ):
            flags |= rows.astype(np.uint8) * np.uint8(flag)
        return flags


def _unknown(column: Numbers) -> NDArray[np.bool_]:
    return np.zeros(len(column.values), np.bool_) if column.known is None else ~column.known


def _equals(column: pa.DictionaryArray, word: str) -> NDArray[np.bool_]:
    texts = np.array([text == word for text in column.dictionary.to_pylist()], np.bool_)
    return texts[codes_of(column)]


def _same(text: str, rows: int) -> pa.DictionaryArray:
    return coded(np.zeros(rows, np.int64), [text])
