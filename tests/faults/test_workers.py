"""Two workers on a real Kafka and one store: whatever is killed, nothing is lost and nothing counts twice."""

import asyncio
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.fault_system import System
from support.fault_traffic import Traffic
from support.providers import Broker

pytestmark = [pytest.mark.broker("real"), pytest.mark.timeout(280)]


@pytest.fixture
def system(broker: Broker, tmp_path: Path) -> Iterator[System]:
    running = System.start(broker, tmp_path)
    yield running
    running.close()


async def test_killing_workers_and_the_store_under_load_loses_and_doubles_nothing(system: System) -> None:
    """Two workers share the partitions; one is told to stop, one is killed, the store is killed, all come back."""
    traffic = Traffic(seed=11, start_ms=int(time.time() * 1000) - 7_200_000)
    await asyncio.gather(system.start_worker("one"), system.start_worker("two"))
    publishing = asyncio.create_task(system.publish(traffic.messages(60_000), per_s=2_500))
    await system.settled_at_least(5_000)

    assert await asyncio.to_thread(system.end_worker, "one", signal.SIGTERM) == 0
    await system.settled_at_least(10_000)
    await system.start_worker("three")
    assert await asyncio.to_thread(system.end_worker, "two", signal.SIGKILL) == -signal.SIGKILL
    await system.start_worker("four")
    await system.settled_at_least(20_000)
    await asyncio.to_thread(system.kill_store)
    await publishing
    await system.settled()

    await asyncio.to_thread(system.check, traffic.published)
    assert min(traffic.kinds.values()) > 100, "re-sent events, conflicts and garbage were among them"
