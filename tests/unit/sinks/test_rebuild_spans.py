"""Which hours a rebuild recomputes by one statement."""

from hypothesis import given
from hypothesis import strategies as st

from tokentide.sinks.clickhouse.rebuild import spans

HOURS = st.lists(st.tuples(st.integers(0, 400), st.integers(1, 90)), unique_by=lambda hour: hour[0]).map(sorted)


@given(HOURS)
def test_every_hour_is_in_one_span_and_only_an_hour_alone_exceeds_the_bound(hours: list[tuple[int, int]]) -> None:
    timed = [(nth * 3600, facts) for nth, facts in hours]
    found = spans(timed, 3600, 100)
    inside = [[facts for start, facts in timed if first <= start < end] for first, end in found]
    assert sum(map(len, inside)) == len(timed)
    assert all(len(facts) == 1 or sum(facts) <= 100 for facts in inside)
    assert all(end <= later for (_, end), (later, _) in zip(found, found[1:], strict=False))


def test_few_facts_are_one_span() -> None:
    assert spans([(0, 10), (7200, 10), (86_400, 10)], 3600, 100) == [(0, 90_000)]
    assert spans([(0, 60), (3600, 60)], 3600, 100) == [(0, 3600), (3600, 7200)]
    assert spans([], 3600) == []
