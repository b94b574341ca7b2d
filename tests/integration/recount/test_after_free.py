"""Whoever goes on at a price after free use is counted alike by the store and by SQL over raw events."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from integration.recount.asked import Asked
from integration.recount.market import BEGIN, encoded, market
from integration.recount.questions import disagreements
from integration.recount.raw import Recount
from support.settling import Bench

from tokentide.reports.answer import run
from tokentide.reports.request import Request
from tokentide.sinks.clickhouse.migrate import migrate
from tokentide.sinks.clickhouse.opening import open_store
from tokentide.sinks.clickhouse.store import Store
from tokentide.sinks.clickhouse.writer import Writer

MODELS = ("openai/gpt-4o-mini", "deepseek/deepseek-v3.2", "deepseek/deepseek-r1", "google/gemini-2.0-flash-exp")
FREE_UNTIL = {"openai/gpt-4o-mini": 20, "deepseek/deepseek-v3.2": 99, "google/gemini-2.0-flash-exp": 44}
"""Days on which the free variants end; that of DeepSeek V3.2 does not, but its price begins within the period."""
OLD_KEY_ENDS = 40


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Recount]]:
    chance, recount, bench = Random(7), Recount(), Bench()
    drawn = (_promoted(chance, json.loads(message)) for message in market(chance, 1500, ("g",), "free"))
    messages = [encoded(fields) for fields in drawn if fields is not None]
    recount.take(messages)
    with open_store(f"chdb://{tmp_path_factory.mktemp('free') / 'store'}") as store:
        migrate(store)
        bench.write(Writer(store), bench.records(messages))
        yield store, recount
    recount.close()


def _promoted(chance: Random, fields: dict[str, Any]) -> dict[str, Any] | None:
    """Give an event one of a few models, free for a time, and one of many accounts; a key ends on its day."""
    when = fields["event_time"]
    day = (_moment(when) - BEGIN).days
    key = chance.choice(["new", "old"])
    if key == "old" and day >= OLD_KEY_ENDS:
        return None
    model = chance.choice(MODELS)
    free = chance.random() < 0.5 and day < FREE_UNTIL.get(model, 0)
    account = {"account_hash": f"{chance.randrange(40):032x}", "account_key_id": key}
    return fields | account | {"model": f"{model}:free" if free else model}


def _moment(when: str | int) -> datetime:
    if isinstance(when, int):
        return BEGIN + timedelta(milliseconds=when - round(BEGIN.timestamp() * 1000))
    return datetime.fromisoformat(when)


@pytest.mark.parametrize("top", [None, 1, 2])
def test_both_implementations_agree(both: tuple[Store, Recount], top: int | None) -> None:
    assert disagreements(*both, Asked("paid-after-free", unit="accounts", top=top)) == []


def test_each_way_a_price_starts_is_there_and_so_is_a_key_that_ended(both: tuple[Store, Recount]) -> None:
    rows = run(both[0].query, Request("paid-after-free")).rows
    assert {row["began"] for row in rows} == {"free_ended", "price_began"}
    assert any(0 < row["n"] < row["accounts"] for row in rows), "accounts of the key that ended are no longer at risk"
    assert any(row["active"] for row in rows)
    assert all(row["active"] <= row["ever"] for row in rows if row["complete"])
    assert all(row["low"] <= row["retention"] <= row["high"] for row in rows if row["complete"])
    assert {row["active"] for row in rows if not row["complete"]} <= {None}
