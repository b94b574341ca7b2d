"""A store that does not answer is told of once, whoever asks it how often."""

from tokentide.sinks.clickhouse.errors import StoreUnreachableError
from tokentide.streams.outage import Outage

SILENCE = StoreUnreachableError("store x: nothing answers at x:1 (no answer in time)", "store x")


def test_the_first_miss_and_the_first_answer_are_told() -> None:
    outage = Outage()
    assert outage.answered(1.0) is None
    first = outage.missed(SILENCE, 2.0)
    assert first is not None
    assert first.startswith("store x: nothing answers at x:1 (no answer in time): check")
    assert "\n" not in first
    assert [outage.missed(SILENCE, 3.0), outage.missed(SILENCE, 4.0)] == [None, None]
    assert outage.answered(44.4) == "store x: reached again after 42 s"
    assert outage.answered(45.0) is None


def test_the_next_outage_is_another() -> None:
    outage = Outage()
    outage.missed(SILENCE, 0.0)
    outage.answered(1.0)
    assert outage.missed(SILENCE, 10.0) is not None
    assert outage.answered(13.0) == "store x: reached again after 3 s"
