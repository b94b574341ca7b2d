"""No dictionary of a batch has a word twice: ClickHouse refuses the whole block for it (code 117)."""

import numpy as np
import pyarrow as pa
import pytest
from support.messages import RECORD_MS, examples, full_message, message

from tokentide.streams.transforms.acceptance import Acceptance
from tokentide.streams.transforms.caps import DimensionCaps
from tokentide.streams.transforms.decode import decode

TEN_YEARS = Acceptance(event_age_max_ms=3652 * 86_400_000)


def doubled(batch: pa.RecordBatch) -> dict[str, list[str]]:
    """Dictionaries that have a word twice."""
    words = {
        name: column.dictionary.to_pylist()
        for name, column in zip(batch.schema.names, batch.columns, strict=True)
        if pa.types.is_dictionary(column.type)
    }
    assert words
    return {name: texts for name, texts in words.items() if len(set(texts)) < len(texts)}


@pytest.mark.parametrize("field", ["app", "tenant", "provider", "gateway", "status", "model", "language"])
def test_an_empty_text_among_absent_ones_is_one_word(field: str) -> None:
    good = [message(event_id=f"gen-{number}") for number in range(600)]
    sent = [*good, message(event_id="empty", **{field: ""}), full_message(event_id="full")]

    decoded = decode(sent, np.full(len(sent), RECORD_MS), TEN_YEARS)

    assert [refusal.index for refusal in decoded.refusals] == [600]
    assert doubled(decoded.events) == {}
    assert set(decoded.events.column("tenant").to_pylist()) == {"", "acme"}


@pytest.mark.parametrize("good", [0, 100, 2_000])
def test_every_example_of_a_bad_message_together_with_good_ones(good: int) -> None:
    sent = [message(event_id=f"gen-{number}") for number in range(good)]
    sent += [example.message for example in (*examples("refused"), *examples("accepted"))]

    decoded = decode(sent, np.full(len(sent), RECORD_MS), TEN_YEARS)

    assert decoded.events.num_rows > good
    assert doubled(decoded.events) == {}


def test_a_value_called_other_and_what_is_capped_to_it_are_one_word() -> None:
    column = pa.array(["a", "other", "b", "c"]).dictionary_encode()

    used, capped = DimensionCaps(limit=1).trial().apply(np.zeros(4, np.int64), "app", column)

    assert used.to_pylist() == ["a", "other", "other", "other"]
    assert capped.tolist() == [False, False, True, True]
    assert sorted(used.dictionary.to_pylist()).count("other") == 1
