"""What a topic should be, and what another one differs in."""

from datetime import timedelta

from tokentide.streams.brokers.offsets import Committed, lag
from tokentide.streams.brokers.topics import TopicSpec, compare

AS_WANTED = {
    "message.timestamp.type": "LogAppendTime",
    "cleanup.policy": "delete",
    "retention.ms": "604800000",
    "compression.type": "producer",
    "max.message.bytes": "1048576",
}


def test_the_defaults_keep_a_week_by_the_brokers_clock() -> None:
    assert TopicSpec("usage.events.v1").settings() == AS_WANTED


def test_a_topic_as_wanted_differs_in_nothing() -> None:
    assert compare(TopicSpec("t", partitions=4), 4, AS_WANTED | {"unrelated": "1"}) == ()


def test_vital_differences_come_first_and_say_what_they_cost() -> None:
    found = AS_WANTED | {
        "retention.ms": "1",
        "cleanup.policy": "compact",
        "message.timestamp.type": "CreateTime",
    }
    differences = compare(TopicSpec("t", partitions=4), 2, found)
    assert [each.vital for each in differences] == [True, True, False, False]
    assert str(differences[0]) == (
        "Topic t has message.timestamp.type 'CreateTime', not 'LogAppendTime': "
        "an old event_time can make Kafka delete a record at once."
    )
    assert "Topic t has partitions '2', not '4'." in map(str, differences)


def test_a_broker_that_tells_no_settings_is_taken_for_dangerous() -> None:
    differences = compare(TopicSpec("t"), 4, {})
    assert differences[0].vital
    assert "not told by the broker" in str(differences[0])


def test_retention_is_a_setting() -> None:
    assert TopicSpec("t", retention=timedelta(hours=2)).settings()["retention.ms"] == "7200000"


def test_lag_counts_from_the_commit_or_from_what_is_kept() -> None:
    starts, ends = {0: 0, 1: 10, 2: 0}, {0: 5, 1: 30, 2: 7}
    committed = {0: Committed(2), 2: Committed(9)}
    assert lag(starts, ends, committed) == {0: 3, 1: 20, 2: 0}
