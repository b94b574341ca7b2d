"""Whatever decode accepts, the engine takes and gives back unchanged: so no block is ever refused for a row.

That is why a refused block is a defect that stops the worker, and no batch is cut in two (docs/protocol.md).
Short form: 2,000 mutated messages accepted; TOKENTIDE_FUZZ_ACCEPTED sets more, the long form 20,000.
"""

import os
import random
from datetime import timedelta

import pytest
from support.messages import clean
from support.mutations import mutant
from support.settling import Bench, Record, plain
from support.stored_facts import DAY_MS, TODAY_MS, assert_whole

from tokentide.sinks.clickhouse.audit import audit
from tokentide.sinks.clickhouse.store import Store
from tokentide.sinks.clickhouse.writer import Writer

ACCEPTED = int(os.environ.get("TOKENTIDE_FUZZ_ACCEPTED", "2000"))
ROUND = 1000
ANY_AGE = timedelta(days=366 * 60)
EVENING_MS = TODAY_MS - DAY_MS // 24
STEP_MS = 997
"""Broker time between two messages: the first batches lie across midnight."""


@pytest.mark.timeout(3600)
def test_a_fuzz_of_accepted_messages_is_stored_and_read_back_equal(store: Store) -> None:
    bench, writer, facts = Bench(changes={"event_age_max": ANY_AGE}), Writer(store), []
    while len(facts) < ACCEPTED:
        draw = random.Random(bench.start)
        records = [
            Record(bench.start + at, value, EVENING_MS + (bench.start + at) * STEP_MS)
            for at, value in enumerate(_values(draw, bench.start))
        ]
        settled, stored = bench.write(writer, records)
        assert stored.to_pylist() == settled.facts.to_pylist()
        facts += plain(stored)
    print(f"{len(facts)} facts of {bench.start} messages")  # noqa: T201
    assert_whole(store, facts)
    report = audit(store)
    assert report.faults == ()
    assert report.sheet.received == bench.start
    assert report.sheet.stored == len(facts)


def _values(draw: random.Random, start: int) -> list[bytes]:
    """Mutants of good messages; a few good ones as they are."""
    pool = clean(ROUND, seed=start)
    made = [value for raw in pool[:-20] for value in mutant(raw, draw).values]
    return [*made, *pool[-20:]]
