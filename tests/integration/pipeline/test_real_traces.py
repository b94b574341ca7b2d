"""Real traces through broker, worker and store equal what the files themselves say.

The expectations are read from the raw files here, with nothing of ours.
"""

import csv
import gzip
from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from support.pipeline import Pipeline, levels
from support.shared import SHARED, needs_shared

from tokentide.reports.answer import run
from tokentide.reports.request import Request
from tokentide.sinks.clickhouse.opening import open_store

pytestmark = [pytest.mark.shared, needs_shared]

AIDER = SHARED / "aider-analytics"
AZURE = SHARED / "azure-llm-2023"
LONGER_THAN_ANY = "100000"


FACTS = """
SELECT count() AS requests, toUInt64(sum(prompt_tokens)) AS prompt, toUInt64(sum(completion_tokens)) AS completion,
    toUInt64(sum(cost_nano)) AS nano, sum(cityHash64(tuple(*))) AS digest
FROM usage_events
"""
METRICS = ("token-share-by-author", "tool-call-rate", "tool-call-token-share", "sequence-length")


def said(pipeline: Pipeline) -> dict[str, Any]:
    """What every metric answers, in all, by day and rolling over a week of the log, what levels and facts hold."""
    begin, end = datetime(2025, 1, 10, tzinfo=UTC), datetime(2025, 1, 17, tzinfo=UTC)
    windows = [Request(metric, window="24h", every="1h", start=begin, end=end) for metric in METRICS]
    buckets = [Request(metric, bucket=bucket) for metric in METRICS for bucket in ("all", "1d")]
    with open_store(pipeline.settings.store) as store:
        answers = [run(store.query, request).rows for request in (*buckets, *windows)]
        assert all(answers)
        return {"answers": answers, "facts": store.rows(FACTS)} | levels(store)


def test_the_aider_log_adds_up_and_a_second_replay_changes_no_number(pipeline: Pipeline) -> None:
    log = AIDER / "events_2024-08_2025-04.jsonl.gz"

    first = pipeline.replay(log, form="aider-analytics")
    before = said(pipeline)
    second = pipeline.replay(log, form="aider-analytics")
    after = said(pipeline)

    assert (first.received, first.stored, first.duplicates, first.dead_letters) == (4991, 4991, 0, 0)
    assert (second.received, second.stored, second.duplicates, second.dead_letters) == (4991, 0, 4991, 0)
    [sums] = before["facts"]
    assert (sums["requests"], sums["prompt"], sums["completion"]) == (4991, 63_232_331, 2_529_283)
    assert round(Decimal(sums["nano"]) / 10**9, 4) == Decimal("163.1296")
    rows = pipeline.ask("token-share-by-author", "--bucket", "all", "--top", LONGER_THAN_ANY)
    assert sum(row["tokens"] for row in rows) == 63_232_331 + 2_529_283
    assert sum(row["requests"] for row in rows) == 4991
    assert round(sum(row["cost_usd"] for row in rows), 4) == 163.1296
    assert sum(row["share"] for row in rows) == pytest.approx(1)
    for name, value in before.items():
        assert after[name] == value, name
    assert pipeline.audit()["holds"]


def test_overlapping_snapshots_count_each_request_once_in_any_order(pipeline: Pipeline) -> None:
    files = sorted((AIDER / "snapshots").glob("*.gz"))
    assert len(files) == 8
    shuffled = [files[place] for place in (5, 0, 7, 2, 6, 1, 4, 3)]

    orders = {
        name: pipeline.replay(*paths, form="aider-analytics", gateway=name)
        for name, paths in (("downwards", files[::-1]), ("shuffled", shuffled))
    }

    assert {name: balance.stored for name, balance in orders.items()} == dict.fromkeys(orders, 165)
    assert len({balance.received for balance in orders.values()}) == 1
    assert all(balance.received == balance.stored + balance.duplicates for balance in orders.values())
    stored = pipeline.rows(
        "SELECT gateway, event_time, model, prompt_tokens, completion_tokens, cost_nano "
        "FROM usage_events ORDER BY ALL"
    )
    by_order: dict[str, list[object]] = defaultdict(list)
    for row in stored:
        by_order[row.pop("gateway")].append(row)
    assert by_order["downwards"] == by_order["shuffled"]


def minutes(path: Path) -> dict[str, tuple[int, int, int]]:
    """Requests, prompt tokens and completion tokens per minute of a trace, from its rows as text."""
    found: dict[str, tuple[int, int, int]] = {}
    with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            minute = row["TIMESTAMP"][:16].replace(" ", "T") + ":00Z"
            requests, prompt, completion = found.get(minute, (0, 0, 0))
            tokens = int(row["ContextTokens"]), int(row["GeneratedTokens"])
            found[minute] = (requests + 1, prompt + tokens[0], completion + tokens[1])
    return found


def test_the_azure_traces_equal_their_files_minute_by_minute(pipeline: Pipeline) -> None:
    for kind, requests in (("code", 8_819), ("conv", 19_366)):
        path = AZURE / f"AzureLLMInferenceTrace_{kind}.csv.gz"
        balance = pipeline.replay(path, form="azure-llm-2023", gateway=kind)
        assert (balance.received, balance.stored, balance.dead_letters) == (requests, requests, 0)

        expected = minutes(path)
        of_kind = ("--bucket", "1m", "--filter", f"gateway={kind}")
        shares = pipeline.ask("token-share-by-author", *of_kind)
        lengths = pipeline.ask("sequence-length", *of_kind)

        assert sum(count for count, _, _ in expected.values()) == requests
        assert {row["bucket"]: (row["requests"], row["tokens"]) for row in shares} == {
            minute: (count, prompt + completion) for minute, (count, prompt, completion) in expected.items()
        }
        assert len(shares) == len(lengths) == len(expected)
        for row in lengths:
            count, prompt, completion = expected[row["bucket"]]
            assert row["prompt_mean"] == pytest.approx(prompt / count, rel=1e-12)
            assert row["completion_mean"] == pytest.approx(completion / count, rel=1e-12)
    assert pipeline.audit()["holds"]
