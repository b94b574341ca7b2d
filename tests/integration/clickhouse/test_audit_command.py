"""`tokentide audit`: what it prints for programs stays, and `--watch` tells what is wrong in its second run."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.stored_facts import DAY_MS, EPOCH, TODAY_MS, TOPIC, facts, span, write, write_rollups
from typer.testing import CliRunner

from tokentide.cli import audit as command
from tokentide.cli.app import app
from tokentide.sinks.clickhouse.opening import open_store

HALF_AN_HOUR_AGO = round(datetime.now(UTC).timestamp() * 1000) - 1_800_000
FIRST, OTHER = span(0, 60), span(0, 10, number=1)
ROWS = facts(FIRST, HALF_AN_HOUR_AGO)

SINCE_THE_FIRST_VERSION = {
    "received": 70,
    "stored": 60,
    "duplicates": 3,
    "conflicts": 0,
    "dead_letters": 6,
    "dropped": 1,
    "in_flight": 0,
    "by_reason": {"missing": 6},
    "facts": 60,
    "duplicates_beyond_horizon": 0,
    "faults": [],
    "holds": True,
}


@pytest.fixture(scope="module")
def url(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    path: Path = tmp_path_factory.mktemp("command") / "engine"
    shutil.copytree(migrated, path, symlinks=True)
    with open_store(f"chdb://{path}") as store:
        store.command(
            "INSERT INTO usage_topics (epoch, topic, cluster_id, incarnation, partitions, created_at) "
            f"VALUES ('{EPOCH}', '{TOPIC}', 'cluster', '1', 2, '2026-01-01 00:00:00')"
        )
        write(store, FIRST, ROWS)
        write_rollups(store, OTHER, [], dead=6, duplicates=3, dropped=1)
    return f"chdb://{path}"


def test_json_has_what_programs_read_and_says_what_is_final(url: str) -> None:
    answer = CliRunner().invoke(app, ["audit", "--json", "--store", url])
    said = json.loads(answer.stdout.splitlines()[-1])
    assert {name: said.get(name) for name in SINCE_THE_FIRST_VERSION} == SINCE_THE_FIRST_VERSION
    assert {"seconds", "events_per_second", "misplaced_keys"} <= said.keys()
    # The other partition's batch of refusals came at midnight, and holds the watermark there.
    midnight = datetime.fromtimestamp(min(TODAY_MS, max(row["received_at"] for row in ROWS)) / 1000, UTC)
    assert datetime.fromisoformat(said["as_of"]) == midnight
    assert (midnight - datetime.fromisoformat(said["final_before"])).total_seconds() == 120
    assert said["continuous"] == []
    assert answer.exit_code == (0 if said["holds"] else 1)


def test_watching_tells_a_wrong_row_in_the_second_run_and_ends_quietly(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_store(url) as store:
        store.command(
            "ALTER TABLE usage_model_1h UPDATE attempts = attempts + 1 WHERE model = 'a/y' AND gateway = 'g' "
            f"AND bucket >= toDateTime({(TODAY_MS - DAY_MS) // 1000}, 'UTC') SETTINGS mutations_sync = 1"
        )
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(command, "sleep", sleep)
    answer = CliRunner().invoke(app, ["audit", "--watch", "--store", url])

    assert (answer.exit_code, waits) == (0, [60.0, 60.0])
    runs = [line for line in answer.stdout.splitlines() if "facts compared" in line]
    wrong = [line for line in answer.stdout.splitlines() if line.startswith("FAULT: ")]
    assert [line.endswith(" 0 mismatches") for line in runs] == [True, False]
    assert wrong
    assert all("usage_model_1h, bucket " in line and "tokentide rebuild --from" in line for line in wrong)
    assert answer.stdout.splitlines()[0] == runs[0]

    after = CliRunner().invoke(app, ["audit", "--json", "--store", url])
    said = json.loads(after.stdout.splitlines()[-1])
    assert after.exit_code == 1
    # Of two runs within one minute the first is recorded.
    assert {run["scope"] for run in said["continuous"]} == {"recent"}
    assert said["continuous"][0].keys() == {
        *("ran_at", "scope", "facts", "mismatches", "first_difference", "seconds"),
    }
