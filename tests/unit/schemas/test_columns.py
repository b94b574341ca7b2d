"""The columns derived from the wire model are those the store and its readers are told of."""

import pyarrow as pa
import pytest

from tokentide.schemas.columns import EVENT_SCHEMA, FACT_COLUMNS, FACT_SCHEMA

CODES = pa.dictionary(pa.int32(), pa.string())
EXPECTED = """
epoch topic                                     category
partition                                       u32
offset batch_start                              u64
received_at                                     ms
payload_hash                                    u64
rules                                           u16
catalogue                                       u32
event_id request_id session_hash                string
attempt                                         u8
schema_version                                  u16
event_time                                      us
gateway operation provider model requested_model variant app tenant    category
prompt_tokens completion_tokens                 u32
reasoning_tokens cached_tokens cache_write_tokens total_tokens native_prompt_tokens native_completion_tokens    u32?
usage_source                                    category
tools_offered tool_calls                        u16?
finish_reason status                            category
http_status                                     u16?
error_type                                      category
cancelled stream                                bool?
cache_hit                                       category
latency_ms ttft_ms                              u32?
cost_nano                                       u64?
cost_source                                     category
is_byok                                         bool?
account_hash                                    string
account_key_id billing_country language         category
label_paths                                     strings
label_confidences                               u32s
sample_weight                                   u64?
classifier_version                              category
used_gateway used_tenant used_model used_author used_provider used_variant used_byok    category
used_category used_bucket used_sub_tag                                  category
used_labels                                     strings
used_country used_language                      category
list_cost_nano                                  u64?
flags                                           u8
"""
TYPES = {
    "category": (CODES, "LowCardinality(String)"),
    "string": (pa.string(), "String"),
    "u8": (pa.uint8(), "UInt8"),
    "u16": (pa.uint16(), "UInt16"),
    "u32": (pa.uint32(), "UInt32"),
    "u64": (pa.uint64(), "UInt64"),
    "u16?": (pa.uint16(), "Nullable(UInt16)"),
    "u32?": (pa.uint32(), "Nullable(UInt32)"),
    "u64?": (pa.uint64(), "Nullable(UInt64)"),
    "bool?": (pa.bool_(), "Nullable(Bool)"),
    "ms": (pa.timestamp("ms", "UTC"), "DateTime64(3, 'UTC')"),
    "us": (pa.timestamp("us", "UTC"), "DateTime64(6, 'UTC')"),
    "strings": (pa.list_(pa.string()), "Array(LowCardinality(String))"),
    "u32s": (pa.list_(pa.uint32()), "Array(UInt32)"),
}
ROWS = [(name, *TYPES[line.split()[-1]]) for line in EXPECTED.strip().splitlines() for name in line.split()[:-1]]


def test_the_fact_columns_in_order() -> None:
    assert [(column.name, column.arrow, column.clickhouse) for column in FACT_COLUMNS] == ROWS


@pytest.mark.parametrize("column", FACT_COLUMNS, ids=lambda column: column.name)
def test_arrow_and_clickhouse_agree_on_null(column: object) -> None:
    name, clickhouse = column.name, column.clickhouse  # type: ignore[attr-defined]
    assert FACT_SCHEMA.field(name).nullable == clickhouse.startswith("Nullable(")


def test_events_are_the_facts_without_position_and_enrichment() -> None:
    names = [name for name, *_ in ROWS]
    assert EVENT_SCHEMA.names == names[names.index("event_id") : names.index("used_gateway")]
    assert all(FACT_SCHEMA.field(name) == EVENT_SCHEMA.field(name) for name in EVENT_SCHEMA.names)
