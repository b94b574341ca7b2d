"""A process that writes batches by the protocol until it is done or killed. Run by test_kills.

`python -m` arguments: store URL, file of plans, where to kill itself (`point:batch`, or `-`).
A plan is on disk before its batch is written, as Kafka holds it in the commit's metadata.
"""

import json
import os
import signal
import sys
from pathlib import Path

from support.stored_facts import EPOCH, TODAY_MS, TOPIC, facts, write_facts, write_rollups

from tokentide.schemas.position import Partition, Span
from tokentide.sinks.clickhouse.opening import open_store
from tokentide.sinks.clickhouse.store import Store
from tokentide.sinks.clickhouse.writer import Writer

PARTITIONS = 2
BATCH = 40
STEP_MS = 7_000


def received_ms(offset: int) -> int:
    """Broker time of an offset: the log runs over midnight."""
    return TODAY_MS - 2_000_000 + offset * STEP_MS


class Killed:
    """Kills this process at the given point of the given batch."""

    def __init__(self, where: str) -> None:
        self._point, _, batch = where.partition(":")
        self._left = int(batch or 0)

    def reach(self, point: str) -> None:
        if point == self._point:
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            self._left -= 1


def settle(store: Store, span: Span, killed: Killed) -> None:
    """One batch, as a worker that inherits its plan writes it."""
    writer = Writer(store)
    if writer.has_ledger(span):
        return
    rows = facts(span, received_ms(span.start), STEP_MS)
    found = writer.facts_of(span).num_rows
    if found not in {0, len(rows)}:
        raise SystemExit(f"{span} holds {found} of {len(rows)} facts after repair")
    killed.reach("before")
    if found == 0:
        write_facts(store, span, rows)
    killed.reach("between")
    write_rollups(store, span, rows)
    killed.reach("after")


def main(url: str, plans: Path, kill: str, end: int) -> None:
    killed = Killed(kill)
    print("opening", flush=True)
    with open_store(url) as store:
        print("writing", flush=True)
        for number in [*range(PARTITIONS)] * (end // BATCH + 1):
            where = Partition(EPOCH, TOPIC, number)
            start = Writer(store).ledger_end(where) or 0
            if start < end:
                settle(store, _planned(plans, Span(where, start, min(end, start + BATCH))), killed)
    print("done", flush=True)


def _planned(plans: Path, proposed: Span) -> Span:
    """The plan on disk if it is of this start, else the proposed one, once it is on disk."""
    file = plans.with_suffix(f".{proposed.partition.number}")
    if file.exists():
        start, end = json.loads(file.read_text())
        if start == proposed.start:
            return Span(proposed.partition, start, end)
    draft = file.with_suffix(".draft")
    draft.write_text(json.dumps([proposed.start, proposed.end]))
    draft.replace(file)
    return proposed


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
