"""The real traces answer every metric that makes sense of them as SQL over their own files does.

The files are read here with the csv and json modules alone; nothing of the project's formats is used.
"""

import csv
import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from integration.recount.asked import Asked
from integration.recount.conftest import settled
from integration.recount.questions import disagreements
from integration.recount.raw import Recount
from integration.recount.second import METRICS
from support.shared import SHARED, needs_shared

from tokentide.gateways.replay import Replay
from tokentide.reports.registry import METRICS as REGISTRY
from tokentide.sinks.clickhouse.opening import open_store

pytestmark = [pytest.mark.shared, needs_shared]

AIDER = SHARED / "aider-analytics" / "events_2024-08_2025-04.jsonl.gz"
AZURE = SHARED / "azure-llm-2023" / "AzureLLMInferenceTrace_code.csv.gz"


def aider() -> Iterator[dict[str, Any]]:
    """One event per `message_send`; a cost of 0 is known only of free variants."""
    with gzip.open(AIDER, "rt", encoding="utf-8") as lines:
        for record in map(json.loads, lines):
            if record["event"] == "message_send":
                sent = record["properties"]
                free = str(sent["main_model"]).endswith(":free")
                yield {
                    "event_time": record["time"] * 1000,
                    "model": sent["main_model"],
                    "prompt_tokens": sent["prompt_tokens"],
                    "completion_tokens": sent["completion_tokens"],
                    "cost_usd": sent["cost"] if sent["cost"] or free else None,
                }


def azure() -> Iterator[dict[str, Any]]:
    """One event per row; the trace names no model."""
    with gzip.open(AZURE, "rt", encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            yield {
                "event_time": row["TIMESTAMP"][:26].replace(" ", "T") + "Z",
                "model": "unknown",
                "prompt_tokens": int(row["ContextTokens"]),
                "completion_tokens": int(row["GeneratedTokens"]),
            }


def recounted(events: Iterator[dict[str, Any]]) -> Recount:
    recount = Recount()
    recount.take([json.dumps({"event_id": str(nth), **event}).encode() for nth, event in enumerate(events)])
    return recount


@pytest.mark.parametrize(
    ("path", "form", "events", "buckets"),
    [(AIDER, "aider-analytics", aider, ("1d", "all")), (AZURE, "azure-llm-2023", azure, ("1m",))],
    ids=["aider", "azure"],
)
def test_a_real_trace_is_answered_alike(
    tmp_path: Path,
    path: Path,
    form: str,
    events: Callable[[], Iterator[dict[str, Any]]],
    buckets: tuple[str, ...],
) -> None:
    url = f"chdb://{tmp_path / 'store'}"
    balance = settled(url, Replay((path,), form).events())
    recount = recounted(events())
    assert recount.rows("SELECT count(*) AS n FROM events") == [{"n": balance.stored}]
    with open_store(url) as store:
        found = [
            each
            for metric in METRICS
            for bucket in buckets
            if sensible(metric, bucket)
            for each in disagreements(store, recount, Asked(metric, bucket, unit=unit_of(metric)))
        ]
    recount.close()
    assert found[:10] == []


def sensible(metric: str, bucket: str) -> bool:
    return "bucket" in REGISTRY[metric].grids or bucket in ("all", "1m")


def unit_of(metric: str) -> str:
    return str(REGISTRY[metric].units[0])
