"""A simulated market in a store: simulated, published, settled by a worker, open for questions."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from integration.market.asked import request
from integration.market.compare import Difference, compare

from tokentide.gateways.replay import Replay
from tokentide.gateways.simulation.simulate import EVENTS, ORACLE, Order, simulate
from tokentide.oneshot import Balance, run_once
from tokentide.reports.answer import run
from tokentide.schemas.settings import load_settings
from tokentide.sinks.clickhouse.opening import open_store
from tokentide.sinks.clickhouse.store import Store


@dataclass
class Market:
    """What the store says, and what the oracle says of the same events."""

    store: Store
    balance: Balance
    oracle: dict[str, Any]

    def differences(self, metric: str) -> list[tuple[dict[str, Any], Difference]]:
        """Return, question by question of the oracle, how the answer differs."""
        return [(each["ask"], self._difference(metric, each)) for each in self.oracle[metric]["questions"]]

    def _difference(self, metric: str, asked: dict[str, Any]) -> Difference:
        answer = run(self.store.query, request(metric, asked["ask"]))
        expected = asked["rows"]
        named = {name for row in expected for name in row}
        return compare(answer.rows, expected, [name for name in ("bucket", *answer.keys) if name in named])


@contextmanager
def market(order: Order, folder: Path, kafka: str = "embedded://", **settings: Any) -> Iterator[Market]:
    """Simulate `order` and run it through broker and worker into a store of its own."""
    simulate(order, folder / "market")
    chosen = load_settings(store=f"chdb://{folder / 'store'}", kafka=kafka, fsync=False, **settings)
    events = Replay((folder / "market" / EVENTS,), "usage-events", None).events()
    balance = asyncio.run(run_once(chosen, events, lambda done: None))
    oracle = json.loads((folder / "market" / ORACLE).read_text())["metrics"]
    with open_store(chosen.store) as store:
        yield Market(store, balance, oracle)
