"""Rollups are a function of the set of accepted events: exact, whatever the batches and the order."""

from itertools import pairwise

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from support.fact_rows import (
    Row,
    added_up,
    expected_categories,
    expected_places,
    expected_rollups,
    read_rollups,
    rows,
    table,
)

from tokentide.streams.transforms.group import group

FACTS = st.lists(rows(), max_size=25)


@given(FACTS)
@settings(max_examples=150, deadline=None)
def test_rollups_equal_a_row_by_row_count(facts: list[Row]) -> None:
    assert read_rollups(group(table(facts))) == expected_rollups(facts)


@given(FACTS)
@settings(max_examples=150, deadline=None)
def test_places_equal_a_row_by_row_count(facts: list[Row]) -> None:
    assert read_rollups(group(table(facts)), "place") == expected_places(facts)


@given(FACTS)
@settings(max_examples=150, deadline=None)
def test_categories_equal_a_row_by_row_count(facts: list[Row]) -> None:
    assert read_rollups(group(table(facts)), "category") == expected_categories(facts)


@given(FACTS, st.lists(st.integers(0, 25), max_size=4))
@settings(max_examples=60, deadline=None)
def test_batch_boundaries_do_not_matter(facts: list[Row], cuts: list[int]) -> None:
    edges = sorted({0, len(facts), *(cut for cut in cuts if cut < len(facts))})
    blocks = [group(table(facts[low:high])) for low, high in pairwise(edges)]
    for family in ("model", "category", "place"):
        parts = [read_rollups(block, family) for block in blocks]
        assert added_up(parts) == read_rollups(group(table(facts)), family)


@given(FACTS.flatmap(lambda facts: st.tuples(st.just(facts), st.permutations(facts))))
@settings(max_examples=60, deadline=None)
def test_order_inside_a_batch_does_not_matter(both: tuple[list[Row], list[Row]]) -> None:
    """Not only the sums: the block is the same byte for byte, rows and bins in the same order."""
    facts, shuffled = both
    assert group(table(facts)).equals(group(table(shuffled)))


def as_the_store_returns_them(batch: pa.RecordBatch) -> pa.Table:
    """Dress the same values as ClickHouse does: dictionaries, large or binary strings, other time units."""
    dressed = pa.table(batch)
    for place, field in enumerate(batch.schema):
        column = dressed.column(place)
        if pa.types.is_string(field.type):
            kind = (pa.dictionary(pa.int8(), pa.string()), pa.large_string(), pa.binary())[place % 3]
            column = column.dictionary_encode().cast(kind) if place % 3 == 0 else column.cast(kind)
        if field.name == "received_at":
            column = column.cast(pa.timestamp("ns", "UTC"))
        dressed = dressed.set_column(place, field.name, column)
    return dressed


@given(FACTS, st.integers(0, 25))
@settings(max_examples=60, deadline=None)
def test_facts_read_back_give_the_rows_that_fresh_ones_gave(facts: list[Row], cut: int) -> None:
    """In chunks, too, each with a dictionary of its own."""
    batch = table(facts)
    chunks = [as_the_store_returns_them(part) for part in (batch.slice(0, cut), batch.slice(cut))]
    assert group(pa.concat_tables(chunks)).equals(group(batch))
