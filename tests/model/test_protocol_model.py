"""The delivery protocol under seeded interleavings of everything that can go wrong: nothing lost, nothing twice.

The real Planner, choose_start, commit metadata, Settlement and balance run against a simulated log, group and
store. A failing seed is replayed, with every step, by `cd tests && ../.venv/bin/python -m model.run SEED`.
"""

import os

import pytest
from model.shards import run_all, run_range
from model.store import Store
from model.world import World

SHORT_RUNS = 20_000
LONG_RUNS = int(os.environ.get("TOKENTIDE_MODEL_RUNS", "1000000"))
LONG_BASE = 1_000_000


def test_no_interleaving_loses_or_doubles_anything() -> None:
    report = run_all(0, SHORT_RUNS)

    assert not report.failures, report.text()
    assert report.batches > 5 * SHORT_RUNS
    assert set(report.met) >= EVERY_FAULT, f"never met: {EVERY_FAULT - set(report.met)}"


@pytest.mark.long
@pytest.mark.timeout(6 * 3600)
def test_no_interleaving_of_a_million_does() -> None:
    report = run_all(LONG_BASE, LONG_RUNS)

    assert not report.failures, report.text()


EVERY_FAULT = {
    "kill worker",
    "kill store in an insert",
    "token without its part",
    "part dropped by its token",
    "insert of an old boot refused",
    "power lost",
    "repair cut short",
    "close in the middle of a batch",
    "late write of an earlier owner",
    "commit of unknown outcome, applied",
    "commit of unknown outcome, lost",
    "commit of unknown outcome, late",
    "commit fenced",
    "stale fetch",
    "fetch begins too late",
    "hole in the log",
    "log lost what was not settled",
    "offsets reset by hand",
    "plan inherited",
    "plan inherited by another window",
    "plan already in the ledger",
    "plan moved to another boot",
    "ledger behind the commit",
    "ledger went back under a live worker",
    "zombie past its heartbeat check",
    "static member",
    "batch over two days",
    "duplicate",
    "conflict",
    "refused",
}
"""What the seeds must have met for their silence to mean anything."""


def test_a_run_is_a_function_of_its_seed() -> None:
    first, second = World(7, trace=True).run(), World(7, trace=True).run()

    assert first.trace == second.trace
    assert first.store.tables == second.store.tables


def test_the_model_can_see_a_lost_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oracle is not blind: an engine that drops every tenth part is found out."""
    original, calls = Store._apply, []

    def lossy(self: Store, insert: object, part: object) -> None:
        calls.append(part)
        if len(calls) % 10:
            original(self, insert, part)  # type: ignore[arg-type]

    monkeypatch.setattr(Store, "_apply", lossy)

    assert run_range((0, 20)).failures
