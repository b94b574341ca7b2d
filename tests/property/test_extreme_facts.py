"""Every column at its extremes goes through the engine unchanged: least, greatest, empty, longest, any character.

Twice: with the extremes that an event may have, through decode and settle; and with those of each column's Arrow
type, which are wider. The one bound that types do not give is time, so that is tried from both sides.
"""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.doubtful_values import ALPHABETS
from support.messages import FULL, MINIMAL, message
from support.settling import HERE, Bench, Record
from support.stored_facts import TODAY_MS

from tokentide.schemas.columns import FACT_SCHEMA
from tokentide.schemas.position import Partition, Span
from tokentide.schemas.refusal import EventRefusedError
from tokentide.schemas.rollup import Family
from tokentide.schemas.rollup_columns import ROLLUP_SCHEMA
from tokentide.schemas.usage_event import UsageEvent
from tokentide.sinks.clickhouse.store import Store
from tokentide.sinks.clickhouse.writer import Writer

COUNT = [0, 1, 2**31 - 1]
SMALL = [0, 65_535]
NAME = "azAZ09._:/@+-"


def texts(longest: int, alphabet: str = NAME, shortest: int = 1) -> list[str]:
    """Shortest, longest and every character of an alphabet, as far as it fits."""
    least = [each * shortest for each in alphabet]
    return [*least, (alphabet * longest)[:longest], alphabet[-1] * longest]


EXTREMES: dict[str, list[Any]] = {
    "request_id": texts(128),
    "session_hash": [*texts(64, "0123456789abcdefABCDEF", 16)],
    "attempt": [1, 255],
    "event_time": ["1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000001Z", TODAY_MS + 600_000, 0],
    "gateway": texts(64),
    "operation": texts(32, "az"),
    "provider": texts(64),
    "model": [*texts(128), "a/" + "b" * 126, "/", "//", ":free", "a/b:free", "-20250101", "a/b-20250101"],
    "requested_model": texts(128),
    "variant": texts(32),
    "app": [*texts(64), "a b c d e"],
    "tenant": texts(64),
    **dict.fromkeys(("prompt_tokens", "completion_tokens"), COUNT),
    **dict.fromkeys(("reasoning_tokens", "cached_tokens", "cache_write_tokens"), [0]),
    **dict.fromkeys(("total_tokens", "native_prompt_tokens", "native_completion_tokens"), COUNT),
    **dict.fromkeys(("latency_ms", "ttft_ms"), COUNT),
    **dict.fromkeys(("tools_offered", "tool_calls"), SMALL),
    "http_status": [100, 599],
    **dict.fromkeys(("cancelled", "stream", "is_byok"), [True, False]),
    "cost_usd": [0, "0", 1_000_000, "1000000.000000000", "999999.999999999", 1e-9, "0.000000001", 5e-324],
    "account_hash": texts(64, "0123456789abcdefABCDEF", 32),
    "account_key_id": texts(16),
    "billing_country": ["AA", "ZZ"],
    "language": ["aa", "zzz"],
    "labels": [[], [{"path": "/News", "confidence": 0}], [{"path": "/Sports", "confidence": 1.0}] * 16],
    "sample_rate": [1e-4, 1.0, 1, 0.3333333333],
    "classifier_version": texts(64),
    **{name: [FULL[name]] for name in ("usage_source", "finish_reason", "status", "error_type", "cache_hit")},
    "cost_source": ["provider"],
}
WHOLE = {name: st.sampled_from(values) for name, values in EXTREMES.items()}
ANY_AGE = timedelta(days=366 * 60)


@given(st.lists(st.fixed_dictionaries({}, optional=WHOLE), min_size=1, max_size=100))
@settings(max_examples=8, deadline=None)
def test_events_at_their_extremes_are_stored_as_they_are(store: Store, drawn: list[dict[str, Any]]) -> None:
    assert_taken(store, drawn)


def test_each_extreme_of_each_field_is_accepted_and_stored(store: Store) -> None:
    assert set(EXTREMES) | {"event_id", "schema_version"} == set(UsageEvent.model_fields)
    settled = assert_taken(store, [{name: value} for name, values in EXTREMES.items() for value in values])
    assert set(settled.column("prompt_tokens").to_pylist()) >= set(COUNT)
    assert max(settled.column("cost_nano").drop_null().to_pylist()) == 10**15
    assert max(settled.column("sample_weight").drop_null().to_pylist()) == 10**10


_places = iter(range(10**9))


def assert_taken(store: Store, drawn: list[dict[str, Any]]) -> pa.RecordBatch:
    """Settle events that are extreme in some fields, on a partition of their own, and read them back."""
    bench = Bench(Partition("cluster.1", "usage.events.v1", next(_places)), changes={"event_age_max": ANY_AGE})
    values = [message(event_id=f"{'x' * 50}{nth}", **fields) for nth, fields in enumerate(drawn)]
    settled, stored = bench.write(Writer(store), bench.records(values))
    assert [letter.reason for letter in settled.dead] == []
    assert settled.facts.num_rows == len(drawn)
    assert stored.to_pylist() == settled.facts.to_pylist()
    return settled.facts


def test_no_plane_of_unicode_but_the_first_half_of_the_first_is_ever_stored() -> None:
    """The patterns allow ASCII alone, in every field: what the engine does with other text cannot matter."""
    fields = [name for name, values in EXTREMES.items() if isinstance(values[0], str)]
    assert len(fields) > 15
    beyond = [chr(code) for ends in ALPHABETS for code in ends if code > 0x7E or code < 0x20]
    for name in fields:
        for each in beyond:
            for text in (each, f"a{each}", f"{EXTREMES[name][0]}{each}"):
                with pytest.raises(EventRefusedError):
                    UsageEvent.from_message(json.dumps(MINIMAL | {name: text}).encode())


ANY_TEXT = [
    "",
    "\x00",
    "'\\\n\t`",
    "é",
    "\u2028",
    "\ufffe",
    "日本",
    "\U0001f600",
    "\U00020000",
    "\U0010ffff",
    "x" * 65_536,
]
LEAST_DAY, LAST_DAY = date(1970, 1, 1), date(2099, 12, 31)
LAST = datetime(2099, 12, 31, 23, 59, 59, 999_000, UTC)


def of_type(kind: pa.DataType) -> list[Any]:
    """Extremes of an Arrow type; times within what the log may say."""
    if pa.types.is_dictionary(kind):
        return of_type(kind.value_type)
    if pa.types.is_string(kind):
        return ANY_TEXT
    if pa.types.is_boolean(kind):
        return [False, True]
    if pa.types.is_integer(kind):
        return [0, 1, 2**kind.bit_width - 1]
    if pa.types.is_timestamp(kind):
        return [datetime(1970, 1, 1, tzinfo=UTC), LAST.replace(microsecond=0 if kind.unit == "s" else 999_000)]
    if pa.types.is_date(kind):
        return [LEAST_DAY, LAST_DAY]
    if pa.types.is_fixed_size_binary(kind):
        return [bytes(kind.byte_width), b"\xff" * kind.byte_width]
    if pa.types.is_map(kind):
        return [[], [(key, value) for key in of_type(kind.key_type) for value in of_type(kind.item_type)[-1:]]]
    if pa.types.is_list(kind):
        return [[], of_type(kind.value_type), of_type(kind.value_type)[-1:] * 100]
    raise AssertionError(f"no extremes for {kind}")


def at_extremes(schema: pa.Schema) -> pa.Table:
    """Return rows in which each column has, one after the other, every extreme of its type, and null."""
    longest = max(len(of_type(field.type)) for field in schema) + 1
    columns = []
    for field in schema:
        values = [*of_type(field.type), *([None] if field.nullable else [])]
        columns.append(pa.array([values[nth % len(values)] for nth in range(longest)], field.type))
    return pa.Table.from_arrays(columns, schema=schema)


def set_column(table: pa.Table, name: str, values: list[Any]) -> pa.Table:
    at = table.schema.get_field_index(name)
    return table.set_column(at, table.schema.field(name), pa.array(values, table.schema.field(name).type))


def placed(table: pa.Table, number: int) -> pa.Table:
    """Give rows a place of their own in the log, and times at which they have not expired; the rest stays extreme."""
    rows = table.num_rows
    today = datetime.fromtimestamp(TODAY_MS / 1000, UTC)
    for name, values in {
        "epoch": [HERE.epoch] * rows,
        "topic": [HERE.topic] * rows,
        "partition": [number] * rows,
        "offset": list(range(rows)),
        "received_at": [LAST if nth % 2 else today for nth in range(rows)],
    }.items():
        table = set_column(table, name, values)
    return table


def test_facts_at_the_extremes_of_their_types_are_read_back_equal(store: Store) -> None:
    wanted = placed(at_extremes(FACT_SCHEMA), 2**32 - 1)
    span = Span(Partition(HERE.epoch, HERE.topic, 2**32 - 1), 0, wanted.num_rows)
    Writer(store).write_facts(wanted, span, store.boot)
    assert Writer(store).facts_of(span).to_pylist() == wanted.to_pylist()


@pytest.mark.parametrize("family", list(Family))
def test_a_rollup_block_at_the_extremes_of_its_types_is_taken(store: Store, family: Family) -> None:
    """Its columns are sums of facts: no fact, and no number of facts, makes a value outside them."""
    block = at_extremes(ROLLUP_SCHEMA)
    block = set_column(block, "family", [family.value] * block.num_rows)
    span = Span(Partition(HERE.epoch, HERE.topic, 2**32 - 2), next(_places), next(_places))
    Writer(store).write_rollups(block, span, store.boot)
    parts = store.rows(
        "SELECT uniqExact(table) AS tables FROM system.parts WHERE partition = '2099-12-31' AND active"
    )
    assert parts[0]["tables"] >= 1


# Times: the only values that no type bounds.

FAR = [-(2**63), -1, 4_102_444_800_000, 5_662_310_400_000, 7_258_118_400_000, 1_795_219_200_000_000, 2**63 - 1]
"""Kafka timestamps no clock would give: none, past 2099, microseconds for milliseconds, the ends of the type."""


@pytest.mark.parametrize("timestamp", FAR)
def test_a_record_with_an_impossible_timestamp_does_not_stop_its_partition(store: Store, timestamp: int) -> None:
    """A producer sets it where the topic does not: it is passed over, and the records after it keep their time."""
    bench = Bench(Partition("cluster.1", "usage.events.v1", next(_places)))
    stamps = [TODAY_MS, timestamp, TODAY_MS + 5]
    values = [message(event_id=f"gen-{nth}", event_time=TODAY_MS - 1000) for nth in range(3)]
    records = [Record(nth, value, stamp) for nth, (value, stamp) in enumerate(zip(values, stamps, strict=True))]
    settled, stored = bench.write(Writer(store), records)
    assert stored.column("received_at").cast(pa.int64()).to_pylist() == [TODAY_MS, TODAY_MS, TODAY_MS + 5]
    assert settled.dead == []
    assert Writer(store).ledger_end(bench.where) == 3


@pytest.mark.parametrize("timestamp", [0, 4_102_444_799_999, *FAR])
def test_a_log_that_begins_with_any_timestamp_is_settled(store: Store, timestamp: int) -> None:
    bench = Bench(Partition("cluster.1", "usage.events.v1", next(_places)), changes={"event_age_max": ANY_AGE})
    event_time = min(max(timestamp, 0), 4_102_444_799_999)
    values = [message(event_id="gen-1", event_time=event_time), message(event_id="gen-2", event_time=0)]
    bench.write(Writer(store), [Record(0, values[0], timestamp), Record(1, values[1], TODAY_MS)])
    assert Writer(store).ledger_end(bench.where) == 2
