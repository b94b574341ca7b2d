"""The real traces, read by the formats and, independently, by this test straight from the files."""

import csv
import gzip
import itertools
import json
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from support.shared import SHARED, needs_shared

from tokentide.gateways.replay import Replay

pytestmark = [pytest.mark.shared, needs_shared]

AIDER = SHARED / "aider-analytics"
AZURE = SHARED / "azure-llm-2023"


def replayed(kind: str, *paths: Path) -> list[dict[str, Any]]:
    return [json.loads(event.message) for event in Replay(paths, kind).events()]


def minutes(times: list[str]) -> Counter[str]:
    return Counter(time[:16].replace("T", " ") for time in times)


@pytest.mark.parametrize(("name", "rows"), [("code", 8_819), ("conv", 19_366)])
def test_azure_events_are_the_rows_of_the_file(name: str, rows: int) -> None:
    path = AZURE / f"AzureLLMInferenceTrace_{name}.csv.gz"
    with gzip.open(path, "rt") as file:
        raw = list(csv.DictReader(file))
    events = replayed("azure-llm-2023", path)
    assert len(events) == len(raw) == rows == len({event["event_id"] for event in events})
    assert [e["prompt_tokens"] for e in events] == [int(row["ContextTokens"]) for row in raw]
    assert [e["completion_tokens"] for e in events] == [int(row["GeneratedTokens"]) for row in raw]
    assert minutes([e["event_time"] for e in events]) == minutes([row["TIMESTAMP"] for row in raw])
    # Cut, not rounded: the text of the first six digits.
    assert [e["event_time"].rstrip("Z").ljust(26, "0")[20:26] for e in events if "." in e["event_time"]] == [
        row["TIMESTAMP"][20:26] for row in raw if row["TIMESTAMP"][20:26] != "000000"
    ]


def test_no_two_rows_of_both_azure_files_share_an_id() -> None:
    events = replayed("azure-llm-2023", *sorted(AZURE.glob("*.csv.gz")))
    assert len({event["event_id"] for event in events}) == 28_185


def sent(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt") as file:
        return [record for record in map(json.loads, file) if record["event"] == "message_send"]


def test_aider_sums_are_those_of_its_readme() -> None:
    path = AIDER / "events_2024-08_2025-04.jsonl.gz"
    events = replayed("aider-analytics", path)
    assert len(events) == len({event["event_id"] for event in events}) == 4_991
    assert sum(event["prompt_tokens"] for event in events) == 63_232_331
    assert sum(event["completion_tokens"] for event in events) == 2_529_283
    costs = [Decimal(event["cost_usd"]) for event in events if "cost_usd" in event]
    assert round(sum(costs), 4) == Decimal("163.1296")
    raw = sent(path)
    free = [r for r in raw if r["properties"]["cost"] == 0 and r["properties"]["main_model"].endswith(":free")]
    assert len(free) == 2
    assert len(costs) == sum(r["properties"]["cost"] > 0 for r in raw) + len(free) == 4_051
    assert [e["model"] for e in events] == [r["properties"]["main_model"] for r in raw]
    assert [e["event_time"] for e in events] == [
        datetime.fromtimestamp(r["time"], UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for r in raw
    ]


def test_no_user_id_of_aider_leaves() -> None:
    path = AIDER / "events_2024-08_2025-04.jsonl.gz"
    users = {record["user_id"] for record in sent(path)} - {None}
    text = b"\n".join(event.message for event in Replay((path,), "aider-analytics").events())
    assert len(users) == 5
    assert not any(user.encode() in text for user in users)


def test_eight_overlapping_snapshots_hold_165_requests_in_any_order() -> None:
    paths = sorted((AIDER / "snapshots").glob("*.jsonl.gz"))
    per_file = {path: {e["event_id"]: e for e in replayed("aider-analytics", path)} for path in paths}
    assert len(paths) == 8
    for order in itertools.islice(itertools.permutations(paths), 0, 40_320, 5_000):
        seen: dict[str, dict[str, Any]] = {}
        for path in order:
            for name, event in per_file[path].items():
                assert seen.setdefault(name, event) == event, "the same id must be the same event"
        assert len(seen) == 165
    most: Counter[str] = Counter()
    for path in paths:
        most |= Counter(json.dumps(record, sort_keys=True) for record in sent(path))
    assert most.total() == 165


def test_snapshots_and_the_main_file_agree_on_ids() -> None:
    main = {e["event_id"] for e in replayed("aider-analytics", AIDER / "events_2024-08_2025-04.jsonl.gz")}
    snapshots = sorted((AIDER / "snapshots").glob("*.jsonl.gz"))
    assert {e["event_id"] for e in replayed("aider-analytics", *snapshots)} <= main
