"""`tokentide send` says where an event stands, what it counts as, and what became of it."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support.command import Ended, Running, tokentide
from support.messages import FULL, full_message
from support.pipeline import Pipeline, events
from support.providers import Broker
from support.store_process import StoreProcess

from tokentide.cli.send import print_outcome
from tokentide.gateways.delivery import Position
from tokentide.outcome import Outcome, Sent, Verdict, await_outcome
from tokentide.schemas.errors import UserError
from tokentide.sinks.clickhouse.opening import open_store


def send(pipeline: Pipeline, cwd: Path, *options: str) -> list[str]:
    """Lines that the command prints."""
    ended = tokentide(
        *("send", "--model", "openrouter/anthropic/claude-3.7-sonnet:free"),
        *("--prompt-tokens", "1000", "--completion-tokens", "50", "--kafka", pipeline.broker.url, *options),
        cwd=cwd,
        TOKENTIDE_TOPIC=pipeline.settings.topic,
    )
    assert (ended.code, ended.err) == (0, "")
    return ended.out.splitlines()


def test_an_accepted_event_has_a_position_and_a_normalised_model(pipeline: Pipeline, tmp_path: Path) -> None:
    options = ("--event-id", "sent-1", "--field", "tenant=acme", "--field", "cached_tokens=10")
    first, second = send(pipeline, tmp_path, *options)

    [record] = pipeline.kept(pipeline.settings.topic)
    topic = pipeline.settings.topic
    assert first == f"accepted: sent-1 at {topic}/{record.partition} offset {record.offset}"
    assert "anthropic/claude-3.7-sonnet by anthropic, variant free" in second
    assert pipeline.settle([]).stored == 1
    assert pipeline.rows("SELECT event_id, tenant, cached_tokens, prompt_tokens, used_model FROM usage_events") == [
        {
            "event_id": "sent-1",
            "tenant": "acme",
            "cached_tokens": 10,
            "prompt_tokens": 1000,
            "used_model": "anthropic/claude-3.7-sonnet",
        }
    ]


def outcome_of(pipeline: Pipeline, offset: int, event_id: str, partition: int = 0) -> Outcome:
    """What is said of the message at a position."""
    sent = Sent(Position(pipeline.settings.topic, partition, offset), event_id, int(time.time() * 1000) - 30_000)
    kafka = pipeline.settings.kafka_address()
    with open_store(pipeline.settings.store) as store:
        return asyncio.run(await_outcome(store, kafka, pipeline.settings.dead_topic, sent, 0.1))


@pytest.mark.broker("embedded")
def test_each_way_a_message_can_end_is_told(
    make_pipeline: Callable[..., Pipeline], capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline = make_pipeline(partitions=1)
    ones = [full_message(event_id="a"), full_message(event_id="a"), full_message(event_id="a", tenant="other")]
    pipeline.settle(events(ones, key=b"a"))

    stored, duplicate, conflict = (outcome_of(pipeline, offset, "a") for offset in range(3))
    assert (stored.verdict, duplicate.verdict, conflict.verdict) == ("stored", "duplicate", "refused")
    assert stored.row is not None
    assert stored.row == duplicate.row
    assert (stored.row["offset"], stored.row["app"], stored.row["prompt_tokens"]) == (
        0,
        "Roo Code",
        FULL["prompt_tokens"],
    )
    assert conflict.letter is not None
    assert (conflict.letter.reason, conflict.letter.field) == ("conflict", "event_id")
    assert outcome_of(pipeline, 3, "b").verdict == Verdict.PENDING

    print_outcome(stored, 1)
    assert capsys.readouterr().out.startswith('stored: {"epoch": ')
    with pytest.raises(UserError, match=r"refused: conflict \(event_id\)"):
        print_outcome(conflict, 1)
    assert '"reason":"conflict"' in capsys.readouterr().out
    print_outcome(Outcome(Verdict.PENDING), 0.1)
    assert "within 0.1 s" in capsys.readouterr().err


@pytest.mark.broker("real")
def test_a_worker_over_a_shared_store_settles_it_and_send_shows_the_row(broker: Broker, tmp_path: Path) -> None:
    settings = {
        "TOKENTIDE_KAFKA": broker.url,
        "TOKENTIDE_TOPIC": broker.name("events"),
        "TOKENTIDE_DEAD_TOPIC": broker.name("dead"),
        "TOKENTIDE_GROUP": broker.name("group"),
        "TOKENTIDE_PARTITIONS": "2",
    }

    def run(*arguments: str) -> Ended:
        return tokentide(*arguments, cwd=tmp_path, **settings)

    model = ("--model", "anthropic/claude-3-7-sonnet-20250219", "--completion-tokens", "5")
    event = ("send", "--event-id", "one", "--event-time", "2026-01-01T00:00:00Z", *model, "--wait", "60")
    with StoreProcess.start(tmp_path / "store") as store:
        settings["TOKENTIDE_STORE"] = f"clickhouse://tide:wrong@127.0.0.1:{store.port}/default"
        refused = run("migrate")
        assert (refused.code, refused.err.count("\n")) == (1, 1)
        assert "refuses user tide with this password" in refused.err

        user, password = store.options()["username"], store.options()["password"]
        settings["TOKENTIDE_STORE"] = f"clickhouse://{user}:{password}@127.0.0.1:{store.port}/default"
        assert run("migrate").code == 0
        worker = Running("worker", cwd=tmp_path, **settings)
        try:
            first, again, other = (run(*event, "--prompt-tokens", tokens) for tokens in ("10", "10", "11"))
        finally:
            code = worker.terminate()

    assert (first.code, first.err) == (0, ""), (first, worker.said)
    assert first.out.splitlines()[2].startswith("stored: ")
    assert '"used_model": "anthropic/claude-3.7-sonnet"' in first.out
    assert again.out.splitlines()[2].replace("duplicate", "stored", 1) == first.out.splitlines()[2]
    assert (again.code, other.code) == (0, 1)
    assert "refused: conflict (event_id)" in other.err
    assert code == 0, worker.said
    assert password not in worker.said
    assert "Traceback" not in worker.said
