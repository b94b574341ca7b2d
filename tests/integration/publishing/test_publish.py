"""Days are published once, when they are final, and strangers read nothing but what was published."""

import json
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

import pytest
from support.stored_facts import DAY_MS, EPOCH, TODAY_MS, TOPIC, Row, span, write

from tokentide.cli import report
from tokentide.reports.publishing.answer import answer
from tokentide.reports.publishing.publish import publish
from tokentide.schemas.errors import UsageError
from tokentide.sinks.clickhouse.migrate import migrate
from tokentide.sinks.clickhouse.opening import open_store
from tokentide.sinks.clickhouse.store import Store

FIRST_MS = TODAY_MS - 10 * DAY_MS
ACCOUNTS = {"anthropic/claude-sonnet-4": 30, "openai/gpt-4o": 25, "deepseek/deepseek-r1": 12, "qwen/qwen3-8b": 3}
TOKENS = {"anthropic/claude-sonnet-4": 1_111, "openai/gpt-4o": 997, "deepseek/deepseek-r1": 501, "qwen/qwen3-8b": 10}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(f"chdb://{tmp_path / 'store'}") as made:
        migrate(made)
        yield made


def a_fact(number: int, at_ms: int, model: str, account: str, **more: object) -> Row:
    return {
        **{"epoch": EPOCH, "topic": TOPIC, "partition": 0, "offset": number, "batch_start": 0},
        **{"received_at": at_ms, "event_time": at_ms * 1000, "event_id": f"e{number}", "attempt": 1},
        **{"used_model": model, "used_author": model.split("/")[0], "used_country": "DE", "used_language": "de"},
        **{"prompt_tokens": TOKENS[model], "completion_tokens": 0, "cost_nano": 1_000_000, "used_category": ""},
        **{"account_key_id": "k", "account_hash": account, "flags": 0, "status": "ok", **more},
    }


def a_day(first: int, begin_ms: int, hashed: bool = True) -> list[Row]:
    """Every account sends one event with each of its models."""
    rows: list[Row] = []
    for model, accounts in ACCOUNTS.items():
        for account in range(accounts):
            name = blake2b(f"{model}-{account}".encode(), digest_size=16).hexdigest() if hashed else ""
            rows.append(a_fact(first + len(rows), begin_ms + len(rows), model, name))
    return rows


def fill(store: Store, days: int, hashed: bool = True) -> int:
    """Write so many days, and one event of today, which makes them final. Returns the next offset."""
    begin_epoch_named(store)
    at = 0
    for day in range(days):
        rows = a_day(at, FIRST_MS + day * DAY_MS, hashed)
        write(store, span(at, at + len(rows)), [{**row, "batch_start": at} for row in rows])
        at += len(rows)
    last = a_fact(at, TODAY_MS, "openai/gpt-4o", "ff" * 16, batch_start=at)
    write(store, span(at, at + 1), [last])
    return at + 1


def begin_epoch_named(store: Store) -> None:
    """Record the log of the test's epoch, of one partition."""
    store.command(
        "INSERT INTO usage_topics (epoch, topic, cluster_id, incarnation, partitions, created_at) "
        f"VALUES ('{EPOCH}', '{TOPIC}', 'cluster', '1', 1, now64(3))"
    )


def test_small_members_are_folded_and_figures_have_three_digits(store: Store) -> None:
    fill(store, days=1)
    done = [one for one in publish(store) if one.composition == "model"]
    assert [(one.shown, one.folded, one.withheld) for one in done] == [(2, 2, False)]
    rows = answer(store.query, "token-share-by-author", "1d")
    assert [(row["author"], row["tokens"], row["requests"]) for row in rows] == [
        ("anthropic", 33_300.0, 30.0),  # 30 · 1,111 = 33,330
        ("openai", 24_900.0, 25.0),  # 25 · 997 = 24,925
        ("other", 6_040.0, 15.0),  # 12 · 501 + 3 · 10 = 6,042
    ]
    assert sum(row["token_share"] for row in rows) == pytest.approx(1.0, abs=0.002)
    assert {row["rules"] for row in rows} == {"evaluated"}


def test_a_published_day_never_changes_and_a_week_is_the_sum_of_its_days(store: Store) -> None:
    after = fill(store, days=3)
    assert len([one for one in publish(store) if one.composition == "model"]) == 3
    before = answer(store.query, "token-share-by-source", "1d")
    late = a_fact(after, TODAY_MS + 1_000, "openai/gpt-4o", "ee" * 16, event_time=FIRST_MS * 1000, batch_start=after)
    write(store, span(after, after + 1), [late])
    assert publish(store) == []
    assert answer(store.query, "token-share-by-source", "1d") == before
    for group in {row["source"] for row in before}:
        weeks = sum(
            row["tokens"] for row in answer(store.query, "token-share-by-source", "1w") if row["source"] == group
        )
        days = sum(row["tokens"] for row in before if row["source"] == group)
        assert weeks == pytest.approx(days, rel=0.006)


def test_today_is_not_published_before_it_is_final(store: Store) -> None:
    fill(store, days=1)
    publish(store)
    days = {row["bucket"] for row in answer(store.query, "country-share", "1d")}
    assert len(days) == 1


def test_without_account_hashes_the_rules_are_not_evaluated_and_it_says_so(store: Store) -> None:
    fill(store, days=1, hashed=False)
    assert {one.rules for one in publish(store)} == {"not evaluated"}
    rows = answer(store.query, "token-share-by-author", "1d")
    assert {row["author"] for row in rows} == {"anthropic", "openai", "deepseek", "qwen"}
    assert {row["rules"] for row in rows} == {"not evaluated"}


@pytest.mark.parametrize(("metric", "bucket", "words"), [("volume", "1d", "volume"), ("country-share", "1h", "1h")])
def test_what_is_not_published_is_refused(store: Store, metric: str, bucket: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        answer(store.query, metric, bucket)


def test_report_publishes_and_shows_what_strangers_read(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(store, days=1)
    store.close()
    report.command(store=f"chdb://{tmp_path / 'store'}", publish=True, show="token-share-by-author", bucket="1d")
    said = capsys.readouterr().out
    assert "model: 2 shown, 2 in other (rules evaluated)" in said
    rows = json.loads(said[said.index("[\n") :])
    assert [row["author"] for row in rows] == ["anthropic", "openai", "other"]


def test_report_without_a_wish_says_what_it_can_do() -> None:
    with pytest.raises(UsageError, match="--publish"):
        report.command()
