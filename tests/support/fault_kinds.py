"""The faults: each does one thing to a running system, waits until it has recovered, and counts what it did."""

import asyncio
import subprocess
from collections.abc import Awaitable, Callable
from time import monotonic

from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete
from support import fault_proxy, fault_zombies
from support.fault_stage import RECOVER_S, Stage
from support.fault_system import SESSION_S
from support.fault_worker import WorkerProcess, command

from tokentide.streams.brokers.admin import open_admin
from tokentide.streams.brokers.topics import TopicSpec, ensure_topics

NEXT_BATCH_S = 20.0
MEMORY_MORE = 300 * 2**20
_QUICK_TRIES = 4
_BURST, _TAIL, _HANGS_S = 20_000, 1_000, 12.0
LONG_OUTAGE_S, SHORT_OUTAGE_S = 120.0, 15.0
NEW_PLAN_POINTS = ("commit", "decide", "bury", "write_facts", "write_rollups")
INHERITED_POINTS = ("decide", "bury", "ask_boot", "ask_ledger", "write_facts", "read_facts", "write_rollups")


Fault = Callable[[Stage], Awaitable[None]]


async def sigkill(stage: Stage) -> None:
    """Kill -9 one worker, or all of them; the supervisor starts them again."""
    workers = sorted(stage.system.workers.values(), key=lambda worker: worker.name)
    victims = workers if stage.draw.random() < 0.6 else [stage.draw.choice(workers)]
    for worker in victims:
        worker.kill()
    stage.note("worker SIGKILL", len(victims))
    stage.timed("SIGKILL to next batch written", await stage.system.next_batch(RECOVER_S), NEXT_BATCH_S)
    await stage.recovered()
    await stage.system.working()


async def sigterm(stage: Stage) -> None:
    """Tell a worker to stop; start another in its place."""
    name = stage.any_worker().name
    stage.timed("SIGTERM to exit", await stage.system.end_worker(name), 10.0)
    stage.note("worker SIGTERM")
    if stage.system.workers:
        stage.note("rebalance (leave)")
    await _join(stage)


async def _join(stage: Stage) -> None:
    others = bool(stage.system.workers)
    await stage.system.start_worker(next(stage.names))
    if others:
        stage.note("rebalance (join)")
    await stage.recovered()


async def rebalance(stage: Stage) -> None:
    """One worker more, then one less."""
    await _join(stage)
    name = stage.any_worker().name
    stage.timed("SIGTERM to exit", await stage.system.end_worker(name), 10.0)
    stage.note("worker SIGTERM")
    stage.note("rebalance (leave)")
    await stage.recovered()


async def crash_points(stage: Stage) -> None:
    """Workers kill themselves between two writes; whoever inherits the plan does so too, somewhere later."""
    for points in (NEW_PLAN_POINTS, INHERITED_POINTS):
        point = stage.draw.choice(points)
        nth = 1 if points is INHERITED_POINTS else stage.draw.randrange(1, 4)
        await _crash_at(stage, f"{point}:{nth}")
    await stage.recovered()
    await stage.system.working()


async def _crash_at(stage: Stage, point: str) -> None:
    """Start every worker again with a crash point, until one has reached it."""
    before = stage.injections.total()
    stage.system.on_crash = lambda reached: stage.note(f"crash after {reached.partition(':')[0]}")
    for worker in stage.system.workers.values():
        worker.wanted = False
        worker.kill()
        await asyncio.to_thread(worker.process.wait, 10)
        worker.start(point)
    try:
        await stage.system.until(lambda: stage.injections.total() > before, 60.0)
    except TimeoutError:
        stage.note("crash point not reached")  # only a plan in flight is inherited


async def quick_restart(stage: Stage) -> None:
    """Kill a static member; back within its session, it takes its place and nobody else loses a partition."""
    for _ in range(_QUICK_TRIES):
        worker, others = stage.any_worker(), dict(stage.system.workers)
        del others[worker.name]
        before = {name: other.joined for name, other in others.items()}
        assert before, "nobody else to lose a partition"
        assert all(before.values()), f"somebody has no partition to lose: {before}"
        seconds = await _restarted(stage, worker)
        if seconds < SESSION_S - 1.0:  # else the coordinator may have given its place away, as it should
            after = {name: other.joined for name, other in others.items()}
            assert after == before, f"the others joined again: {before} and then {after} times"
            stage.note("quick restart of a static member")
            return


async def _restarted(stage: Stage, worker: WorkerProcess) -> float:
    """SIGKILL a worker; return the seconds until its supervisor has it back in the group."""
    began = monotonic()
    worker.kill()
    stage.note("worker SIGKILL")
    await stage.system.until(lambda: not worker.killed and worker.works, RECOVER_S)
    seconds = monotonic() - began
    await stage.recovered()
    return seconds


async def store_kill(stage: Stage) -> None:
    """Kill -9 the store under its workers, twice: they are not done with the first when the second comes."""
    for _ in range(2):
        await stage.system.kill_store()
        stage.note("store kill -9")
        await asyncio.sleep(stage.draw.uniform(0.0, 2.0))  # the moment of a fault is drawn, not waited for
    await stage.recovered()


async def short_outage(stage: Stage) -> None:
    """No store for 15 s: killed, stopped, or hanging."""
    how = stage.draw.choice(("kill", "stop", "pause"))
    await _outage(stage, how, SHORT_OUTAGE_S)
    stage.note(f"store outage {SHORT_OUTAGE_S:g} s")
    if how == "kill":
        stage.note("store kill -9")


async def long_outage(stage: Stage) -> None:
    """No store for 120 s; near its end a worker is told to stop, which it does at once."""
    how = stage.draw.choice(("kill", "stop", "pause"))
    await asyncio.gather(_outage(stage, how, LONG_OUTAGE_S), _stop_one_within(stage, LONG_OUTAGE_S - 15.0))
    stage.note(f"store outage {LONG_OUTAGE_S:g} s")
    if how == "kill":
        stage.note("store kill -9")
    await _join(stage)


async def _stop_one_within(stage: Stage, after_s: float) -> None:
    await asyncio.sleep(after_s)
    name = stage.any_worker().name
    stage.timed("SIGTERM to exit, store down", await stage.system.end_worker(name), 10.0)
    stage.note("worker SIGTERM")


async def _outage(stage: Stage, how: str, seconds: float) -> None:
    system = stage.system
    idle = {worker.name: worker.idle_bytes for worker in system.workers.values()}
    for worker in system.workers.values():
        worker.most_bytes = 0
    workers = list(system.workers.values())
    ways = {"kill": system.kill_store, "stop": system.stop_store, "pause": system.pause_store}
    await ways[how](seconds)
    for worker in workers:
        more = worker.most_bytes - idle[worker.name]
        stage.times["memory above idle in an outage, MiB"].append(round(more / 2**20, 1))
        assert more <= MEMORY_MORE, f"{worker.name} held {more / 2**20:.0f} MiB more than idle"
    stage.times["outage over to caught up"].append(round(await stage.recovered(180.0), 2))


async def ambiguous(stage: Stage) -> None:
    """Three inserts whose answer says less than the store knows."""
    proxy = stage.system.proxy
    assert proxy is not None
    for _ in range(3):
        mode = stage.draw.choice(fault_proxy.MODES)
        proxy.arm(mode, stage.draw.choice(fault_proxy.TABLES))
        await stage.system.until(lambda: proxy.fired, 30.0)
        stage.note(f"ambiguous write ({mode})")
    await stage.recovered()


async def broker_restart(stage: Stage) -> None:
    """The only broker is killed or stopped, and started again."""
    await _restart_broker(stage, 0)
    stage.note("broker restart")
    await stage.recovered(120.0)


async def rolling_restart(stage: Stage) -> None:
    """Each of three brokers in turn, while all others serve."""
    assert stage.cluster is not None
    for index in range(len(stage.cluster.nodes)):
        await _restart_broker(stage, index)
        await _in_sync(stage)
        await stage.recovered(120.0)
    stage.note("rolling restart of 3 brokers")


async def _restart_broker(stage: Stage, index: int) -> None:
    cluster = stage.cluster
    assert cluster is not None
    node, stage.system.down = cluster.nodes[index], True
    await asyncio.to_thread(node.kill if stage.draw.random() < 0.5 else node.stop)
    await asyncio.to_thread(cluster.restart, index, dies_with_parent=True)
    stage.system.down = False


async def _in_sync(stage: Stage) -> None:
    """Wait until every replica is back: a broker less would stop the writes."""

    async def missing() -> int:
        async with open_admin(stage.system.broker.address) as client:
            topics = await client.describe_topics()
        partitions = [each for topic in topics for each in topic["partitions"]]
        return sum(len(each["replicas"]) - len(each["isr"]) for each in partitions)

    async def wait() -> None:
        while await missing():
            await asyncio.sleep(0.3)

    await asyncio.wait_for(wait(), 60.0)


async def expired(stage: Stage) -> None:
    """Kafka deletes messages of one partition before any worker could read them: counted as dropped."""
    await _quiet(stage)
    names = [worker.name for worker in stage.system.workers.values()]
    for name in names:
        await stage.system.end_worker(name)
    partition, number = stage.draw.randrange(4), stage.draw.randrange(50, 500)
    await stage.publisher.send([b'{"event_id": "never to be seen"}'] * number, partition)
    where = TopicPartition(stage.system.topic, partition)
    async with open_admin(stage.system.broker.address) as client:
        await client.delete_records({where: RecordsToDelete(before_offset=-1)})
    stage.traffic.published.note_expired(number)
    stage.note("expired offsets")
    stage.publisher.resume()
    for _ in names:
        await stage.system.start_worker(next(stage.names))
    await stage.recovered()


async def expired_unread(stage: Stage) -> None:
    """The store hangs, and Kafka deletes what its worker had no room to read.

    How far the worker had read nobody can know; that is taken from the count of dropped messages alone.
    What is stored must then be exactly the burst's head up to there, and its tail that was not deleted.
    """
    await _quiet(stage)
    system, partition = stage.system, stage.draw.randrange(4)
    burst = [stage.traffic.padded() for _ in range(_BURST)]
    first = (await system.ends())[partition]
    hanging = asyncio.create_task(system.pause_store(_HANGS_S))
    await stage.publisher.send([value for _, value in burst], partition)
    where = TopicPartition(system.topic, partition)
    async with open_admin(system.broker.address) as client:
        await client.delete_records({where: RecordsToDelete(before_offset=first + _BURST - _TAIL)})
    await hanging
    stage.publisher.resume()
    await stage.recovered()
    dropped = await system.dropped() - stage.traffic.published.expired
    for fields, _ in [*burst[: _BURST - _TAIL - dropped], *burst[-_TAIL:]]:
        stage.traffic.published.note(fields)
    stage.traffic.published.note_expired(dropped)
    stage.note("expired offsets, unread", dropped > 0)


async def recreated(stage: Stage) -> None:
    """The topic is deleted and made again: workers stop and name the cure, `migrate` heals."""
    system = stage.system
    await _quiet(stage)
    count_of = len(system.workers)
    for name in list(system.workers):
        await system.end_worker(name)
    async with open_admin(system.broker.address) as client:
        await client.delete_topics([system.topic])
    await _until_gone(stage)
    await ensure_topics(system.broker.address, [TopicSpec(system.topic)])
    refused = await asyncio.to_thread(
        subprocess.run, command("worker"), env=system.environment, capture_output=True, text=True, timeout=60
    )
    assert refused.returncode == 1, refused.stderr[-2000:]
    assert "tokentide migrate" in refused.stderr, refused.stderr[-2000:]
    assert "Traceback" not in refused.stderr, refused.stderr[-4000:]
    await system.migrate()
    stage.note("recreated topic")
    stage.publisher.resume()
    for _ in range(count_of):
        await system.start_worker(next(stage.names))
    await stage.recovered()


async def _until_gone(stage: Stage) -> None:
    while await stage.system.ends():
        await asyncio.sleep(0.2)


async def _quiet(stage: Stage) -> None:
    """Publish nothing, and wait until all is settled."""
    await stage.publisher.pause()
    await stage.system.settled()


FAULTS: dict[str, Fault] = {
    "sigkill": sigkill,
    "sigterm": sigterm,
    "rebalance": rebalance,
    "crash_points": crash_points,
    "zombie": fault_zombies.zombie,
    "late_zombie": fault_zombies.late_zombie,
    "twin": fault_zombies.twin,
    "quick_restart": quick_restart,
    "store_kill": store_kill,
    "short_outage": short_outage,
    "long_outage": long_outage,
    "ambiguous": ambiguous,
    "broker_restart": broker_restart,
    "rolling_restart": rolling_restart,
    "expired": expired,
    "expired_unread": expired_unread,
    "recreated": recreated,
}
