"""A batch that one version of the rules began and the next one finishes, on the real engine."""

from dataclasses import replace
from typing import Any

import pytest
from support.messages import message
from support.settling import HERE, Bench, Record, plain
from support.stored_facts import TODAY_MS, Folder, assert_whole

from tokentide.schemas.position import Span
from tokentide.sinks.clickhouse.audit import audit
from tokentide.sinks.clickhouse.store import Store
from tokentide.sinks.clickhouse.writer import Writer
from tokentide.streams.plan import Plan, Versions
from tokentide.streams.settlement import Settlement, Step
from tokentide.streams.transforms.acceptance import Acceptance

VALUES = [message(event_id=f"gen-{nth}", event_time=TODAY_MS - nth * 60_000) for nth in range(10)]
RECORDS = [Record(nth, value, TODAY_MS) for nth, value in enumerate(VALUES)]
SPAN = Span(HERE, 0, len(VALUES))


def finish(store: Store, bench: Bench, plan: Plan) -> list[Step]:
    """Finish an inherited plan by the real state machine; return the steps it took."""
    writer, settlement, taken = Writer(store), Settlement.of(plan, inherited=True), []
    settled = bench.settler.settle(RECORDS, SPAN, bench.memory)
    stored: Any = settled.facts
    while settlement.step is not Step.DONE:
        taken.append(settlement.step)
        answer: object = None
        match settlement.step:
            case Step.ASK_BOOT:
                answer = writer.current_boot()
            case Step.ASK_LEDGER:
                answer = writer.has_ledger(SPAN)
            case Step.WRITE_FACTS:
                writer.write_facts(settled.facts, SPAN, settlement.plan.boot)
            case Step.READ_FACTS:
                stored = writer.facts_of(SPAN)
            case Step.WRITE_ROLLUPS:
                writer.write_rollups(settled.rollups_of(stored), SPAN, settlement.plan.boot)
        settlement.advance(answer)
    return taken


def newer(bench: Bench) -> Bench:
    """The next version: it refuses what is older than five minutes, and says so in what it writes."""
    bench.settler = replace(bench.settler, rules=2, acceptance=Acceptance(5 * 60_000, 600_000))
    return bench


@pytest.mark.parametrize("half", ["facts", "nothing"])
def test_the_next_version_of_the_rules_finishes_a_batch_that_the_last_one_began(folder: Folder, half: str) -> None:
    """What the older one stored stands, and the rollups are of that; what it only planned is decided anew."""
    store, older = folder.open(), Bench()
    decided = older.settler.settle(RECORDS, SPAN, older.memory).facts
    if half == "facts":
        Writer(store).write_facts(decided, SPAN, store.boot)

    steps = finish(store, newer(Bench()), Plan(0, SPAN.end, Versions(1, 1), store.boot, 1_000_000))

    stored = plain(Writer(store).facts_of(SPAN))
    kept, rules = (10, {1}) if half == "facts" else (6, {2})
    assert steps[-2:] == [Step.READ_FACTS, Step.WRITE_ROLLUPS]
    assert (len(stored), {row["rules"] for row in stored}) == (kept, rules)
    assert_whole(store, stored)
    sheet = audit(store).sheet
    assert (sheet.received, sheet.stored, sheet.dead_letters) == (10, kept, 10 - kept)
    assert audit(store).faults == ()
