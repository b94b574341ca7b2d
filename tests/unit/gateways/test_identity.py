"""Ids of records that have none: stable, distinct, and agreed on by overlapping files."""

from collections import Counter
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from tokentide.gateways.formats import Population
from tokentide.gateways.formats.identity import Identity

HERE = Population("here")
logs = st.lists(st.sampled_from([b"a", b"b", b"c", b"d"]), max_size=40)


def ids(records: list[bytes], population: Population = HERE) -> list[str]:
    identity = Identity("kind", population)
    return [identity.name(record) for record in records]


@given(logs)
def test_every_record_of_a_file_has_its_own_id_and_keeps_it(log: list[bytes]) -> None:
    assert len(set(ids(log))) == len(log)
    assert ids(log) == ids(log)


@given(logs, st.randoms(use_true_random=False))
def test_ids_of_a_file_do_not_depend_on_the_order_of_other_records(log: list[bytes], random) -> None:  # type: ignore[no-untyped-def]
    shuffled = random.sample(log, len(log))
    assert set(ids(log)) == set(ids(shuffled))


@given(logs, st.integers(0, 40), st.integers(0, 40))
def test_overlapping_windows_count_as_many_as_the_one_that_holds_most(log: list[bytes], end: int, start: int) -> None:
    """Two windows [:end] and [start:] over one log, which may both cut a run of identical lines."""
    first, second = log[:end], log[start:]
    union = set(ids(first)) | set(ids(second))
    assert len(union) == (Counter(first) | Counter(second)).total()
    assert union <= set(ids(log)), "a window must never make an id the whole log does not have"


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 4)), max_size=12), st.data())
def test_windows_that_cut_no_run_together_count_every_record(
    runs: list[tuple[str, int]], data: st.DataObject
) -> None:
    """A log says the same line again only at once (it carries its time), so records come in runs."""
    log = [f"{number}{name}".encode() for number, (name, count) in enumerate(runs) for _ in range(count)]
    edges = [sum(count for _, count in runs[:number]) for number in range(len(runs) + 1)]
    overlap = data.draw(st.sampled_from(edges))
    extra = data.draw(st.integers(0, overlap))
    windows = [log[:overlap], log[overlap - extra :]]
    assert {each for window in windows for each in ids(window)} == set(ids(log))


def test_another_population_is_other_traffic() -> None:
    later = Population("here", datetime(2025, 1, 1, tzinfo=UTC))
    assert len({*ids([b"a"]), *ids([b"a"], Population("there")), *ids([b"a"], later)}) == 3


def test_an_id_fits_the_contract() -> None:
    (name,) = ids([b"a"])
    assert len(name) <= 64
    assert name.startswith("kind:")
