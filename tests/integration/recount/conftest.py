"""A store filled by the real path, and the database that recounts the same messages."""

import asyncio
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

import pytest
from integration.recount.market import disturbed, market
from integration.recount.raw import Recount

from tokentide.gateways.formats import ReplayEvent
from tokentide.oneshot import Balance, run_once
from tokentide.schemas.settings import load_settings
from tokentide.sinks.clickhouse.opening import open_store
from tokentide.sinks.clickhouse.store import Store

EVENTS = 700


@dataclass(frozen=True)
class Both:
    """The same messages twice: in a store, by broker and worker, and recounted."""

    store: Store
    recount: Recount
    balance: Balance


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """A market with repetitions, conflicts and refused messages, as `tokentide run` settles it."""
    chance = Random(20_251_117)
    messages = disturbed(chance, market(chance, EVENTS, ("eu", "us"), "market"))
    url = f"chdb://{tmp_path_factory.mktemp('recount') / 'store'}"
    balance = settled(url, events(messages))
    recount = Recount()
    recount.take(messages)
    with open_store(url) as store:
        yield Both(store, recount, balance)
    recount.close()


def events(messages: Sequence[bytes]) -> list[ReplayEvent]:
    """Return messages ready to be published."""
    return [ReplayEvent(json.loads(message)["event_id"].encode(), message, None) for message in messages]


def settled(url: str, sent: Iterable[ReplayEvent]) -> Balance:
    """Run events through the embedded broker and a worker into a store."""
    settings = load_settings(store=url, kafka="embedded://", fsync=False)
    return asyncio.run(run_once(settings, sent, lambda done: None))
