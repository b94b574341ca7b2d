"""Workers, store and brokers fail under load on a real Kafka: nothing is lost and nothing counts twice.

The short form of `make faults`; docs/reliability.md has what the long form found.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from localkafka.cluster import Cluster
from support.fault_case import Case, Result, broker_of, run_case
from support.fault_stage import machine_is_busy
from support.providers import Broker

pytestmark = pytest.mark.timeout(280)


def require(result: Result, **injected: int) -> None:
    """Nothing lost, nothing twice, every fault injected."""
    assert not result.failure, f"{result.failure}\n{result.case}"
    assert (result.lost, result.doubled) == (0, 0)
    assert result.events > 0
    for fault, least in injected.items():
        found = sum(count for name, count in result.injections.items() if fault.replace("_", " ") in name)
        assert found >= least, f"{fault}: {result.injections}"


@pytest.mark.broker("real")
async def test_killed_stopped_and_stalled_workers_and_a_killed_store_lose_and_double_nothing(
    broker: Broker, tmp_path: Path
) -> None:
    """Two workers share a store: SIGTERM, SIGKILL, a killed store, 15 s without it, 1.5 sessions of SIGSTOP."""
    faults = ("sigterm", "sigkill", "store_kill", "short_outage", "zombie")
    result = await run_case(Case(11, "short", 2, faults, per_s=2_500), broker, tmp_path)
    require(result, SIGTERM=1, SIGKILL=1, store_kill=1, store_outage=1, zombie=1, rebalance=2)


@pytest.mark.jvm
async def test_a_rolling_restart_of_three_brokers_loses_and_doubles_nothing(
    jvm_cluster: Callable[..., Cluster], tmp_path: Path
) -> None:
    """Each broker in turn is killed or stopped and comes back, while workers and publisher go on."""
    cluster = jvm_cluster(brokers=3)
    case = Case(12, "short", 2, ("rolling_restart",), per_s=2_000, brokers=3)
    require(await run_case(case, broker_of(cluster, 12), tmp_path / "system", cluster), rolling_restart=1)


@pytest.mark.broker("real")
async def test_a_static_member_that_restarts_quickly_moves_no_partition(broker: Broker, tmp_path: Path) -> None:
    """Killed and back within its session, it takes its place again; the other worker never joins anew."""
    result = await run_case(Case(13, "short", 2, ("quick_restart",), per_s=2_000, static=True), broker, tmp_path)
    if machine_is_busy() and not result.injections.get("quick restart of a static member"):
        require(result, SIGKILL=1)
        pytest.skip("this machine was too busy to restart a worker within a session: NOT TESTED")
    require(result, SIGKILL=1, quick_restart=1)
