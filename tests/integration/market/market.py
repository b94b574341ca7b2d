"""A simulated market in a store: simulated, published, settled by a worker, open for questions."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.state_of_ai.answers import Answers
from tokentide.gateways.replay import Replay
from tokentide.gateways.simulation.simulate import EVENTS, Order, simulate
from tokentide.oneshot import Balance, run_once
from tokentide.schemas.settings import load_settings
from tokentide.sinks.clickhouse.opening import open_store


@dataclass(frozen=True)
class Market:
    """What became of the messages, and what the store says of them."""

    balance: Balance
    answers: Answers


@contextmanager
def market(order: Order, folder: Path, kafka: str = "embedded://", **settings: Any) -> Iterator[Market]:
    """Simulate `order` and run it through broker and worker into a store of its own."""
    simulate(order, folder / "market")
    chosen = load_settings(store=f"chdb://{folder / 'store'}", kafka=kafka, fsync=False, **settings)
    events = Replay((folder / "market" / EVENTS,), "usage-events", None).events()
    balance = asyncio.run(run_once(chosen, events, lambda done: None))
    with open_store(chosen.store) as store:
        yield Market(balance, Answers.of(store, folder / "market"))
