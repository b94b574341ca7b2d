"""Which facts a cell sums, by when they arrived; accounts; and who dates events ahead of the broker."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tokentide.schemas.alert_rules import AlertRules, Watch
from tokentide.sinks.clickhouse import alert_cells
from tokentide.sinks.clickhouse.alert_cells import CellSpan, cells_from_facts, read_cells, write_cells
from tokentide.sinks.clickhouse.alert_closing import early_by_gateway, record_early
from tokentide.sinks.clickhouse.migrate import migrate
from tokentide.sinks.clickhouse.opening import open_store
from tokentide.sinks.clickhouse.store import Store

FIRST = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp())
SPAN = CellSpan(FIRST, FIRST + 900)
AUTHOR = Watch(name="author")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with open_store(f"chdb://{tmp_path_factory.mktemp('cells') / 'store'}") as opened:
        migrate(opened)
        yield opened


@pytest.fixture(autouse=True)
def _empty(store: Store) -> None:
    for table in ("usage_events", "alert_cells", "alert_early"):
        store.command(f"TRUNCATE TABLE {table}")


def put(store: Store, *facts: tuple[int, int, str, int, str]) -> None:
    """Facts of (second of event, second of arrival, author, prompt tokens, account)."""
    values = ", ".join(
        f"({number}, fromUnixTimestamp64Micro({(FIRST + at) * 10**6}, 'UTC'), "
        f"fromUnixTimestamp64Milli({(FIRST + came) * 1000}, 'UTC'), 'edge', '{author}', '{author}/m', {tokens}, "
        f"'{account}', '{'k' if account else ''}')"
        for number, (at, came, author, tokens, account) in enumerate(facts)
    )
    store.command(
        "INSERT INTO usage_events (`offset`, event_time, received_at, used_gateway, used_author, used_model, "
        f"prompt_tokens, account_hash, account_key_id) VALUES {values}"
    )


def cells(store: Store, watch: Watch = AUTHOR, span: CellSpan = SPAN) -> dict[tuple[int, str], dict[str, Any]]:
    rows = cells_from_facts(store, [watch], span).to_pylist()
    return {(int(row["start"].timestamp()) - FIRST, row["member"]): row for row in rows}


def test_a_cell_sums_what_had_come_a_minute_after_its_end(store: Store) -> None:
    put(store, (0, 1, "a", 10, ""), (299, 359, "a", 5, ""), (299, 360, "a", 7, ""), (300, 301, "a", 1, ""))
    found = cells(store)
    assert (found[0, "a"]["amount"], found[0, "a"]["events"], found[0, "a"]["late"]) == (15, 2, False)
    assert found[300, "a"]["amount"] == 1


def test_a_cell_that_mostly_came_later_is_the_sum_of_all_and_late(store: Store) -> None:
    replayed = 40 * 86_400
    put(store, (0, 1, "a", 10, ""), (1, replayed, "a", 5, ""), (2, replayed, "a", 5, ""), (300, 301, "a", 1, ""))
    found = cells(store)
    assert (found[0, "a"]["amount"], found[0, "a"]["late"]) == (20, True)
    assert found[300, "a"]["late"] is False


def test_what_comes_later_changes_no_cell_that_is_kept(store: Store) -> None:
    put(store, (0, 1, "a", 10, ""))
    write_cells(store, cells_from_facts(store, [AUTHOR], SPAN), SPAN)
    put(store, (5, 9_000, "a", 99, ""))
    write_cells(store, cells_from_facts(store, [AUTHOR], SPAN), SPAN)
    assert read_cells(store, AUTHOR, SPAN).column("amount").to_pylist() == [10]


def test_squares_by_account_and_the_largest_account(store: Store) -> None:
    put(store, (0, 1, "a", 3, "x"), (1, 2, "a", 4, "x"), (2, 3, "a", 5, "y"), (3, 4, "a", 2, ""), (4, 5, "b", 6, ""))
    found = cells(store)
    assert found[0, "a"]["amount_sq"] == 9 + 16 + 25 + 4
    assert found[0, "a"]["clustered_sq"] == 49 + 25 + 4
    assert found[0, "a"]["top_account"] == 7
    assert found[0, "a"]["top_key"] > 0
    assert found[0, "b"]["clustered_sq"] is None  # no account is known there


def test_of_a_large_cell_accounts_are_sampled_and_large_ones_are_not(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = [(number % 300, 300, "a", 1 + number % 3, f"s{number % 400}") for number in range(4_000)]
    put(store, *small, *[(number, 300, "a", 500, "whale") for number in range(10)])
    whole = cells(store)[0, "a"]
    monkeypatch.setattr(alert_cells, "LOOK_AT", 1_000)
    monkeypatch.setattr(alert_cells, "LARGE", alert_cells.LARGE.replace("0.0005", "0.01"))
    sampled = cells(store)[0, "a"]
    assert (sampled["events"], sampled["amount"], sampled["amount_sq"]) == (
        whole["events"],
        whole["amount"],
        whole["amount_sq"],
    )
    assert sampled["top_account"] == 5_000
    assert sampled["clustered_sq"] != whole["clustered_sq"]
    assert sampled["clustered_sq"] - 5_000**2 == pytest.approx(whole["clustered_sq"] - 5_000**2, rel=0.3)


def test_cells_worked_out_together_are_those_worked_out_one_by_one(store: Store) -> None:
    put(store, *[(number, number + 2, "ab"[number % 2], number % 97, f"u{number % 13}") for number in range(899)])
    every = list(AlertRules().enabled)
    together = cells_from_facts(store, every, SPAN).to_pylist()
    alone = [
        row
        for start in (0, 300, 600)
        for row in cells_from_facts(store, every, CellSpan(FIRST + start, FIRST + start + 300)).to_pylist()
    ]
    assert sorted(map(repr, together)) == sorted(map(repr, alone))


def test_events_ahead_of_the_broker_are_counted_by_gateway(store: Store) -> None:
    put(store, (100, 39, "a", 1, ""), (100, 40, "a", 1, ""), (400, 10, "a", 1, ""))
    assert record_early(store, SPAN) == {"edge": 2}
    assert record_early(store, SPAN) == {"edge": 2}
    assert early_by_gateway(store) == [{"gateway": "edge", "events": 2, "lead_max_s": 390.0}]
