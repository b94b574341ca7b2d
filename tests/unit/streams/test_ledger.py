"""The ledger adds up or is not written, and travels in one block with the rollups it settles."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from support.fact_rows import table

from tokentide.schemas.position import Partition, Span
from tokentide.schemas.reasons import Reason
from tokentide.schemas.rollup_columns import ROLLUP_SCHEMA
from tokentide.streams.transforms.group import group
from tokentide.streams.transforms.ledger import Ledger, UnbalancedError, ledger_row, rollup_block

SPAN = Span(Partition("cluster.1", "usage.events.v1", 3), 100, 120)


def ledger(**changes: Any) -> Ledger:
    parts: dict[str, Any] = {
        "span": SPAN,
        "stored": 10,
        "duplicates": 4,
        "dropped": 1,
        "append_time_min": 1_735_689_599_999,
        "append_time_max": 1_735_689_600_001,
        "rules": 1,
        "catalogue": 2026112101,
        "dead": {Reason.WRONG_TYPE: 2, Reason.CONFLICT: 3},
    }
    return Ledger(**(parts | changes))


def test_a_ledger_that_adds_up_is_one_row() -> None:
    (row,) = ledger_row(ledger()).to_pylist()
    expected = {
        "family": "batch",
        "received_day": date(2025, 1, 1),
        "epoch": "cluster.1",
        "topic": "usage.events.v1",
        "partition": 3,
        "batch_start": 100,
        "batch_end": 120,
        "received": 20,
        "stored": 10,
        "duplicates": 4,
        "conflicts": 3,
        "dead": [("conflict", 3), ("wrong_type", 2)],
        "dropped": 1,
        "append_time_min": datetime(2024, 12, 31, 23, 59, 59, 999000, UTC),
        "append_time_max": datetime(2025, 1, 1, 0, 0, 0, 1000, UTC),
        "rules": 1,
        "catalogue": 2026112101,
    }
    assert {name: row[name] for name in expected} == expected


def test_every_other_column_of_a_ledger_row_is_neutral() -> None:
    (row,) = ledger_row(ledger()).to_pylist()
    model = {name: value for name, value in row.items() if name.endswith(("_sq", "_hist", "_tokens", "_nano"))}
    assert len(model) > 15
    assert all(value in (0, [], bytes(16)) for value in model.values())
    assert row["bucket"] == datetime(1970, 1, 1, tzinfo=UTC)
    assert {row[name] for name in ("gateway", "tenant", "model", "author", "provider", "variant", "byok")} == {""}


@pytest.mark.parametrize(
    "changes",
    [
        {"stored": 11},
        {"dropped": 0},
        {"duplicates": 3},
        {"dead": {}},
        {"stored": -1, "duplicates": 15},
        {"append_time_min": 1_735_689_600_002},
    ],
)
def test_a_ledger_that_does_not_add_up_cannot_be_made(changes: dict[str, Any]) -> None:
    with pytest.raises(UnbalancedError, match="does not add up"):
        ledger(**changes)


def test_a_reason_that_did_not_occur_takes_no_room() -> None:
    (row,) = ledger_row(ledger(stored=15, dead={Reason.CONFLICT: 0})).to_pylist()
    assert row["dead"] == []
    assert row["conflicts"] == 0


def test_the_block_is_one_batch_of_model_rows_and_the_ledger() -> None:
    block = rollup_block(group(table([])), ledger())
    assert block.schema.equals(ROLLUP_SCHEMA)
    assert block.column("family").to_pylist() == ["batch"]
