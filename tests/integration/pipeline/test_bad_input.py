"""Bad messages cost themselves and nothing else: each a dead letter that says why and where, and leaks nothing."""

import json
import logging
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.messages import clean, examples, full_message, message
from support.pipeline import Pipeline, events

from tokentide.schemas.dead_letter import DeadLetter
from tokentide.schemas.reasons import Reason
from tokentide.sinks.clickhouse.opening import open_store

SECRET = "Zq8vKw3LxTn5RbYp"
"""Stands for a prompt: put wherever a foreign producer could put one."""

PLAIN = "Hd6sMj2QcUf9WgXe"
"""Stored on purpose, as an app: shows that looking for a string in the store finds one."""


@dataclass(frozen=True)
class Bad:
    """A message and the reason and field of its refusal."""

    message: bytes
    reason: str
    field: str


def far_ahead() -> Iterator[Bad]:
    """Events outside the bounds that depend on the broker's clock."""
    now = datetime.now(UTC)
    for minutes in (20, 60, 60 * 24 * 30):
        when = (now + timedelta(minutes=minutes)).isoformat()
        yield Bad(message(event_id=f"ahead-{minutes}", event_time=when), "time_ahead", "event_time")
    for years in (10.1, 30):
        when = (now - timedelta(days=365.25 * years)).isoformat()
        yield Bad(message(event_id=f"old-{years}", event_time=when), "time_too_old", "event_time")


def leaking() -> Iterator[Bad]:
    """Refused messages that hold what nobody may keep, in unknown fields and in place of legal values."""
    yield Bad(message(event_id="leak-1", prompt=SECRET, prompt_tokens=-1), "out_of_range", "prompt_tokens")
    yield Bad(message(event_id="leak-2", model=f"tell me about {SECRET}\n"), "out_of_range", "model")
    yield Bad(message(event_id="leak-3", account_hash=f"{SECRET}@example.org"), "raw_identity", "account_hash")
    yield Bad(
        message(event_id="leak-4", messages=[{"content": SECRET}], completion_tokens=...),
        "missing",
        "completion_tokens",
    )
    yield Bad(b"please summarise " + SECRET.encode(), "not_an_object", "")
    yield Bad(message(event_id="leak-6", app={"name": SECRET}), "wrong_type", "app")
    yield Bad(b'{"event_id":"leak-7","x":"%b","event_id":"leak-8"}' % SECRET.encode(), "duplicate_key", "event_id")


def bad_messages() -> list[Bad]:
    """At least one bad message for every reason but conflict; what depends on the clock is made for now."""
    timed = (Reason.TIME_AHEAD, Reason.TIME_TOO_OLD)
    known = [Bad(each.message, each.reason, each.field) for each in examples("refused") if each.reason not in timed]
    return [*known, *far_ahead(), *leaking()]


def conflicts(good: list[bytes], count: int) -> list[Bad]:
    """Good messages again, each with another tenant in it."""
    changed = [json.loads(each) | {"tenant": "elsewhere"} for each in good[:count]]
    return [Bad(json.dumps(each).encode(), "conflict", "event_id") for each in changed]


def good_messages(count: int) -> list[bytes]:
    """Good messages, some of them with a prompt in fields that are not ours."""
    odd = [
        full_message(event_id="odd-1", prompt=SECRET, messages=[{"role": "user", "content": SECRET}]),
        message(event_id="odd-2", **{SECRET: 1}),
        message(event_id="odd-3", app=PLAIN),
    ]
    return [*odd, *clean(count - len(odd), seed=5)]


def mixed(good: list[bytes], bad: list[Bad], again: list[Bad]) -> list[bytes]:
    """Good and bad at random places, conflicts after what they conflict with."""
    draw = random.Random(3)
    shuffled = [*good, *(each.message for each in bad)]
    draw.shuffle(shuffled)
    return [*shuffled, *(each.message for each in again)]


def files_below(folder: Path) -> bytes:
    """All bytes of all files of a folder."""
    return b"\n".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def rows_with(pipeline: Pipeline, text: str) -> int:
    """Rows of any table that hold `text` in any column: parts are compressed, so their bytes alone tell nothing."""
    with open_store(pipeline.settings.store) as store:
        tables = store.rows(
            "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'"
        )
        holding = "SELECT count() AS rows FROM {} WHERE position(toString(tuple(*)), '{}') > 0"
        return sum(store.rows(holding.format(table["name"], text))[0]["rows"] for table in tables)


def test_one_percent_of_every_kind_of_bad_message_costs_itself_only(
    make_pipeline: Callable[..., Pipeline], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    pipeline = make_pipeline(breaker_ratio=0)
    bad = bad_messages()
    count = 99 * (len(bad) + 9)
    good = good_messages(count)
    again = conflicts(good[-9:], 9)
    assert {each.reason for each in [*bad, *again]} == set(Reason)

    balance = pipeline.settle(events(mixed(good, bad, again)))

    reasons = Counter(each.reason for each in [*bad, *again])
    assert balance.by_reason == reasons
    assert balance.dead_letters == len(bad) + 9 == balance.received / 100
    assert (balance.stored, balance.duplicates, balance.conflicts) == (count, 0, 9)
    assert (balance.dropped, balance.in_flight) == (0, 0)
    assert_every_letter_is_right(pipeline, [*bad, *again])
    sheet = pipeline.audit()
    assert sheet["holds"], sheet["faults"]
    assert sheet["received"] == sheet["stored"] + sheet["duplicates"] + sheet["dead_letters"] + sheet["dropped"]
    assert (sheet["received"], sheet["facts"], sheet["by_reason"]) == (balance.received, count, reasons)
    assert_nothing_leaked(pipeline, caplog.text)


def assert_every_letter_is_right(pipeline: Pipeline, bad: list[Bad]) -> None:
    """Each bad message has one letter with its reason, field and position, and no good one has any."""
    why = {each.message: (each.reason, each.field) for each in bad}
    at = {
        (record.partition, record.offset): why[record.value]
        for record in pipeline.kept(pipeline.settings.topic)
        if record.value in why
    }
    letters = [DeadLetter.from_message(record.value) for record in pipeline.kept(pipeline.settings.dead_topic)]
    assert {(each.partition, each.offset): (each.reason, each.field) for each in letters} == at
    assert len(letters) == len(at) == len(bad)
    assert {each.topic for each in letters} == {pipeline.settings.topic}


def assert_nothing_leaked(pipeline: Pipeline, logged: str) -> None:
    """No letter, no file of the engine and no log line repeats what a foreign producer sent beside the contract."""
    assert (rows_with(pipeline, PLAIN), rows_with(pipeline, SECRET)) == (1, 0)
    letters = b"\n".join(record.value for record in pipeline.kept(pipeline.settings.dead_topic))
    for text in (letters, files_below(pipeline.path), logged.encode()):
        assert SECRET.encode() not in text


def test_one_bad_message_of_a_batch_of_5000_costs_that_message_only(make_pipeline: Callable[..., Pipeline]) -> None:
    pipeline = make_pipeline(partitions=1, batch_rows=5_000, linger=timedelta(seconds=20))
    sent = clean(10_000, seed=6)
    sent[2_500] = b'{"event_id":"half'
    # together, with the comma a joined parse would put between, these two are one event
    whole = message(event_id="whole")
    sent[7_000], sent[7_001] = whole[: len(whole) // 2], whole[len(whole) // 2 :]

    balance = pipeline.settle(events(sent, key=b"one partition"))

    assert (balance.received, balance.stored, balance.by_reason) == (10_000, 9_997, {"not_an_object": 3})
    batches = pipeline.rows("SELECT batch_start, batch_end, stored, dead FROM usage_batches ORDER BY batch_start")
    assert [(row["batch_start"], row["batch_end"], row["stored"]) for row in batches] == [
        (0, 5_000, 4_999),
        (5_000, 10_000, 4_998),
    ]
    refused = [DeadLetter.from_message(record.value) for record in pipeline.kept(pipeline.settings.dead_topic)]
    assert sorted(each.offset for each in refused) == [2_500, 7_000, 7_001]
    assert {each.reason for each in refused} == {Reason.NOT_AN_OBJECT}
    missing = pipeline.rows("SELECT groupArray(`offset`) AS offsets FROM usage_events")[0]["offsets"]
    assert sorted(set(range(10_000)) - set(missing)) == [2_500, 7_000, 7_001]
    assert pipeline.audit()["holds"]
