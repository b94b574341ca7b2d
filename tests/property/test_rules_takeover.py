"""A newer version of the rules finishes a batch whose facts an older one stored: the balance is of what stands."""

from dataclasses import replace

from support.messages import message
from support.settling import Bench, Record
from support.stored_facts import TODAY_MS

from tokentide.streams.transforms.acceptance import Acceptance

VALUES = [message(event_id=f"gen-{nth}", event_time=TODAY_MS - nth * 60_000) for nth in range(10)]
RECORDS = [Record(nth, value, TODAY_MS) for nth, value in enumerate(VALUES)]


def test_what_the_newer_rules_refuse_counts_as_stored_where_the_older_ones_stored_it() -> None:
    older, newer = Bench(), Bench()
    newer.settler = replace(newer.settler, rules=2, acceptance=Acceptance(5 * 60_000, 600_000))
    facts = older.decide(RECORDS).facts
    settled = newer.decide(RECORDS)
    assert (facts.num_rows, settled.facts.num_rows) == (10, 6)

    for stored in (facts, facts.slice(0, 8)):
        ledger = next(row for row in settled.rollups_of(stored).to_pylist() if row["family"] == "batch")
        assert ledger["stored"] == stored.num_rows
        assert ledger["received"] == stored.num_rows + ledger["duplicates"] + sum(dict(ledger["dead"]).values())
        assert sum(dict(ledger["dead"]).values()) == 10 - stored.num_rows
