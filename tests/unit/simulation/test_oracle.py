"""The oracle's answers equal plain recounts of the events read back from the file."""

import csv
import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tokentide import schemas
from tokentide.gateways.simulation.simulate import EVENTS, ORACLE, Order, simulate
from tokentide.schemas.catalogue.catalogue import load

Event = dict[str, Any]
Row = dict[str, Any]


class Run:
    def __init__(self, folder: Path) -> None:
        with gzip.open(folder / EVENTS) as lines:
            self.events: list[Event] = [json.loads(line) for line in lines]
        self.metrics = json.loads((folder / ORACLE).read_text())["metrics"]

    def rows(self, metric: str, **ask: object) -> list[Row]:
        found = [each for each in self.metrics[metric]["questions"] if ask.items() <= each["ask"].items()]
        assert len(found) == 1, (metric, ask)
        return list(found[0]["rows"])


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("oracle") / "run"
    simulate(Order("state-of-ai-2025", 2000, seed=3), folder)
    return Run(folder)


def model(event: Event) -> str:
    return str(event["model"]).removeprefix("openrouter/")


def author(event: Event) -> str:
    return model(event).partition("/")[0]


def tokens(event: Event) -> int:
    return int(event["prompt_tokens"]) + int(event["completion_tokens"])


def week(event: Event) -> str:
    at = datetime.fromtimestamp(event["event_time"] / 1000, UTC)
    monday = (at - timedelta(days=at.weekday())).date()
    return f"{monday}T00:00:00Z"


def month(event: Event) -> str:
    return datetime.fromtimestamp(event["event_time"] / 1000, UTC).strftime("%Y-%m")


def cost(event: Event) -> Fraction:
    return Fraction(event.get("cost_usd", "0"))


def classes(event: Event) -> list[tuple[str, str]]:
    """Return category and sub-tag of each sure label, the surest first."""
    path = Path(schemas.__file__).parent / "categories" / "categories.csv"
    with path.open(newline="") as text:
        lines = {row["prefix"]: row["category"] for row in csv.DictReader(text)}
    found = []
    for label in sorted(event.get("labels", []), key=lambda label: -label["confidence"]):
        if label["confidence"] >= 0.5:
            parts = label["path"].split("/")
            prefixes = ["/".join(parts[:depth]) for depth in range(len(parts), 1, -1)]
            category = next((lines[prefix] for prefix in prefixes if prefix in lines), "others")
            found.append((category, parts[-1]))
    return found


def counted(events: list[Event], key: Callable[[Event], Any]) -> dict[Any, list[Event]]:
    groups: dict[Any, list[Event]] = defaultdict(list)
    for event in events:
        groups[key(event)].append(event)
    return groups


def test_shares_of_authors_by_week(run: Run) -> None:
    weeks, groups = counted(run.events, week), counted(run.events, lambda event: (week(event), author(event)))
    every = {name for name, _ in Counter(map(author, run.events)).most_common()}
    kept = sorted(every, key=lambda name: (-sum(tokens(e) for e in run.events if author(e) == name), name))[:20]
    rows = run.rows("token-share-by-author", bucket="1w", unit="tokens")
    assert {row["author"] for row in rows} <= {*kept, "other"}
    for row in rows:
        if row["author"] != "other":
            own = groups[row["bucket"], row["author"]]
            assert row["tokens"] == sum(map(tokens, own))
            assert row["share"] == row["tokens"] / sum(map(tokens, weeks[row["bucket"]]))
            assert row["n"] == len(own)
            assert row["requests"] == sum(event["attempt"] == 1 for event in own)
            assert row["unpriced"] == sum("cost_usd" not in event for event in own)
    assert sum(row["n"] for row in rows) == len(run.events)


def test_source_groups_follow_the_catalogue(run: Run) -> None:
    catalogue = load()

    def source(event: Event) -> str:
        facts = catalogue.facts(model(event))
        if facts is None or facts.open_weights is None:
            return "unknown"
        if not facts.open_weights:
            return "proprietary"
        return "chinese-oss" if facts.author_country in ("CN", "TW", "HK") else "row-oss"

    groups = counted(run.events, source)
    found = {row["source"]: row["tokens"] for row in run.rows("token-share-by-source", bucket="all", unit="tokens")}
    assert found == {name: sum(map(tokens, own)) for name, own in groups.items()}


def test_tool_calls_by_week(run: Run) -> None:
    weeks = counted(run.events, week)
    for row in run.rows("tool-call-rate", bucket="1w"):
        own = weeks[row["bucket"]]
        calls = [event for event in own if event["finish_reason"] == "tool_calls"]
        assert row["rate"] == len(calls) / len(own)
        assert row["tool_call_tokens"] == sum(map(tokens, calls))
        assert row["token_share"] == sum(map(tokens, calls)) / sum(map(tokens, own))


def test_lengths_are_true_nearest_ranks(run: Run) -> None:
    (row,) = run.rows("sequence-length", bucket="all", by="author")[:1]
    own = [event for event in run.events if author(event) == row["author"]]
    for name, read in (("prompt", lambda e: e["prompt_tokens"]), ("total", tokens)):
        values = sorted(map(read, own))
        for percent in (50, 90, 99):
            least = next(v for v in values if sum(u <= v for u in values) * 100 >= percent * len(values))
            assert row[f"{name}_p{percent}"] == least
        assert row[f"{name}_mean"] == sum(values) / len(values)


def test_categories_count_the_primary_label(run: Run) -> None:
    sure = [event for event in run.events if classes(event)]
    groups = counted(sure, lambda event: classes(event)[0][0])
    rows = run.rows("category-share", bucket="all", by="category", unit="tokens")
    assert {row["category"]: row["tokens"] for row in rows} == {
        name: sum(map(tokens, own)) for name, own in groups.items()
    }
    tags = counted(sure, lambda event: classes(event)[0])
    found = run.rows("category-sub-tags", bucket="all")
    assert {(row["category"], row["sub_tag"]): row["n"] for row in found} == {k: len(own) for k, own in tags.items()}


def test_any_label_counts_each_category_once_over_all_that_were_classified(run: Run) -> None:
    sampled = [event for event in run.events if "sample_rate" in event]
    carried = Counter(name for event in sampled for name in {category for category, _ in classes(event)})
    rows = run.rows("any-label-rate", bucket="all")
    assert {row["category"]: row["n"] for row in rows} == carried
    assert all(row["rate"] == row["n"] / len(sampled) for row in rows)


def test_places_are_of_events_that_carry_one(run: Run) -> None:
    own = counted([event for event in run.events if "language" in event], lambda event: event["language"])
    rows = {row["language"]: row["n"] for row in run.rows("language-share", bucket="all", unit="tokens")}
    assert rows.pop("other") == sum(len(each) for each in own.values()) - sum(rows.values())
    assert rows == {name: len(own[name]) for name in rows}
    assert len(rows) == 5


def test_effective_price_leaves_out_own_keys_and_unknown_cost(run: Run) -> None:
    for row in run.rows("effective-price", bucket="all", by="model"):
        paid = [e for e in run.events if model(e) == row["model"] and "cost_usd" in e and not e["is_byok"]]
        assert row["priced_tokens"] == sum(map(tokens, paid))
        if row["priced_tokens"]:
            exact = sum(map(cost, paid)) * 10**6 / row["priced_tokens"]
            assert row["price_usd_per_1m"] == pytest.approx(float(exact), rel=1e-12)


def test_a_good_end_is_stop_or_tool_calls_with_status_ok(run: Run) -> None:
    (row,) = run.rows("cost-per-good-request", bucket="all", by="model")[:1]
    own = [event for event in run.events if model(event) == row["model"]]
    good = [e for e in own if e["finish_reason"] in ("stop", "tool_calls") and e["status"] == "ok"]
    assert row["good_requests"] == len(good)
    assert row["cost_per_good_usd"] == pytest.approx(float(sum(map(cost, own))) / len(good), rel=1e-12)


def test_retention_is_activity_after_the_first_month_on_the_model(run: Run) -> None:
    active: dict[tuple[str, str], set[str]] = defaultdict(set)
    for event in run.events:
        if "account_hash" in event:
            active[model(event), event["account_hash"]].add(month(event))
    cohorts: dict[tuple[str, str, str], int] = Counter()
    for (name, _), months in active.items():
        for each in months:
            cohorts[name, min(months), each] += 1
    rows = [row for row in run.rows("retention", options={"period": "month"}) if row["complete"]]
    assert rows
    for row in rows:
        year, number = divmod(int(row["cohort"][:4]) * 12 + int(row["cohort"][5:7]) - 1 + row["offset"], 12)
        born = row["cohort"][:7]
        assert row["active"] == cohorts[row["model"], born, f"{year}-{number + 1:02d}"]
        assert row["n"] == row["accounts"] == cohorts[row["model"], born, born]
    assert sum(row["active"] for row in rows) == sum(cohorts.values())


def test_the_largest_account_is_left_out_of_both_sides(run: Run) -> None:
    weeks = counted([event for event in run.events if "account_hash" in event], week)
    rows = run.rows("tool-call-share-without-largest-account", bucket="1w")
    assert any("share" in row for row in rows)
    for row in rows:
        own = weeks[row["bucket"]]
        by_account = Counter({event["account_hash"]: 0 for event in own})
        for event in own:
            by_account[event["account_hash"]] += tokens(event) * (event["finish_reason"] == "tool_calls")
        (largest, most), *others = by_account.most_common()
        assert row["n"] == len(by_account)
        assert ("share" in row) == (not others or others[0][1] < most)
        if "share" in row:
            rest = [event for event in own if event["account_hash"] != largest]
            kept = sum(tokens(event) for event in rest if event["finish_reason"] == "tool_calls")
            assert row["share"] == (kept / sum(map(tokens, rest)) if rest else None)
