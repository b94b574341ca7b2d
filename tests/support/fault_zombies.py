"""Faults of workers whose clock stands still: until their session is over, or until their tokens are forgotten."""

import asyncio

from support.fault_stage import Stage
from support.fault_system import SESSION_S, System
from support.fault_worker import EXIT_SOFTWARE

from tokentide.sinks.clickhouse.levels import WRITTEN
from tokentide.sinks.clickhouse.settings import WINDOW_PARTS

_WINDOW, _PASSING = 3, 30
"""Parts a table remembers in a late zombie's case, and batches written meanwhile."""


async def zombie(stage: Stage) -> None:
    """Stop a worker's clock for longer than its session, then let it go on."""
    worker = stage.any_worker()
    process = worker.process
    worker.pause()
    await stage.system.wait(SESSION_S * stage.draw.uniform(1.5, 2.0))
    worker.resume()
    stage.note("zombie (SIGSTOP, SIGCONT)")
    await stage.recovered()
    stage.note("… which exited 70", process.poll() == EXIT_SOFTWARE)
    await stage.system.working()


async def twin(stage: Stage) -> None:
    """Stop a static member's clock, start another of its name, and let the first go on: one of two must end."""
    system = stage.system
    old = stage.any_worker()
    del system.workers[old.name]
    old.wanted = False
    old.pause()
    try:
        await system.start_worker(next(stage.names), instance=old.environment["TOKENTIDE_INSTANCE_ID"])
        await stage.recovered()
        old.resume()
        stage.note("zombie with a successor of its name")
        await stage.recovered()
        await system.until(lambda: not old.alive, 30.0)
        assert old.process.returncode == EXIT_SOFTWARE, f"{old.process.returncode}:\n{old.said[-2000:]}"
    finally:
        old.close()


async def late_zombie(stage: Stage) -> None:
    """Stop a worker's clock until the store has forgotten the tokens of all it may have been writing."""
    system, worker = stage.system, stage.any_worker()
    process = worker.process
    worker.pause()
    await stage.recovered()  # its successor has finished what it began, by the tokens of both
    await asyncio.to_thread(_remember, system, _WINDOW)
    before = await asyncio.to_thread(_batches, system)
    while await asyncio.to_thread(_batches, system) < before + _PASSING:
        await system.wait(SESSION_S)
    await asyncio.to_thread(_remember, system, WINDOW_PARTS)
    worker.resume()
    stage.note("zombie past the deduplication window")
    await stage.recovered()
    stage.note("… which exited 70", process.poll() == EXIT_SOFTWARE)
    await system.working()


def _remember(system: System, parts: int) -> None:
    with system.served.client() as client:
        for table in WRITTEN:
            client.command(f"ALTER TABLE {table} MODIFY SETTING non_replicated_deduplication_window = {parts}")


def _batches(system: System) -> int:
    with system.served.client() as client:
        return int(client.query("SELECT count() FROM usage_batches").result_rows[0][0])
