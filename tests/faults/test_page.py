"""docs/reliability.md shows what docs/faults.json holds, and a breach could not hide in it."""

from types import SimpleNamespace
from typing import Any

from support import fault_results
from support.fault_case import case_of
from support.fault_check import compare
from support.fault_traffic import Published, Traffic


def test_the_table_is_that_of_the_results() -> None:
    """`make faults` makes it anew."""
    page = fault_results.PAGE.read_text()
    assert page == fault_results.page_with(fault_results.load(), page)


def test_no_committed_case_lost_or_doubled_anything() -> None:
    whole = fault_results.load()
    results = whole["cases"] | whole.get("engine", {}).get("cases", {})
    assert whole["cases"]
    assert {
        seed for seed, case in results.items() if case["lost"] or case["double-counted"] or "failure" in case
    } == set()


def test_a_seed_stands_for_one_case() -> None:
    assert [case_of(seed) for seed in range(50)] == [case_of(seed) for seed in range(50)]


def test_the_same_seed_gives_the_same_messages() -> None:
    first, second = (list(Traffic(7, start_ms=10**12).messages(2_000)) for _ in range(2))
    assert first == second


class Store:
    """Answers the statements of the check from rows, as the real tables would; the test then spoils a row."""

    def __init__(self, published: Published) -> None:
        self.facts = list(published.accepted.values())
        self.levels = {seconds: dict(published.buckets(seconds)) for seconds in (10, 3600)}
        self.sheet = published.balance()

    def query(self, sql: str) -> Any:
        if "FROM usage_batches" in sql:
            return SimpleNamespace(column_names=tuple(self.sheet), result_rows=[tuple(self.sheet.values())])
        if "FROM usage_events" in sql:
            names = ("prompt_tokens", "completion_tokens", "cost_nano")
            sums = tuple(sum(fact[name] for fact in self.facts) for name in names)
            return SimpleNamespace(result_columns=[[fact["event_id"] for fact in self.facts]], result_rows=[sums])
        level = self.levels[10 if "usage_model_10s" in sql else 3600]
        if "prompt_hist" in sql:
            return SimpleNamespace(result_rows=[(len(self.facts),)])
        return SimpleNamespace(result_rows=[(bucket, *sums) for bucket, sums in level.items()])


def published() -> Published:
    traffic = Traffic(3, start_ms=10**12)
    list(traffic.messages(500))
    return traffic.published


def test_the_check_holds_for_what_was_published() -> None:
    expected = published()
    assert compare(Store(expected), expected).holds


def test_the_check_sees_a_lost_event_a_doubled_one_and_a_wrong_bucket() -> None:
    """Each breach alone turns it red, and is counted on its side."""
    expected = published()
    lossy, doubling, strange, bucket = (Store(expected) for _ in range(4))
    lossy.facts.pop()
    doubling.facts.append(doubling.facts[0])
    strange.facts[0] = {**strange.facts[0], "completion_tokens": 10**6}
    at, sums = next(iter(bucket.levels[3600].items()))
    bucket.levels[3600][at] = (sums[0] + 1, *sums[1:])
    found = [compare(each, expected) for each in (lossy, doubling, strange, bucket)]
    assert [(each.holds, each.lost, each.doubled) for each in found] == [
        (False, 1, 0),
        (False, 0, 1),
        (False, 0, 0),
        (False, 0, 1),
    ]
