"""The bench's own parts: traffic as asked for, honest grouping, medians and ratios. No timings."""

from bench import traffic
from bench.cases import BAD_PERCENTS, MAIN, PARTITIONS, Case, cases
from bench.freshness import summarise
from bench.meter import Measured
from bench.options import Options, options_of
from bench.subjects.clickhouse_json import piece_rows
from bench.subjects.group_event import Groups
from bench.summary import as_text, merged, summary
from tokentide.gateways.sample import BENCH_BYTES
from tokentide.schemas.histogram import index
from tokentide.streams.transforms.acceptance import Acceptance
from tokentide.streams.transforms.decode import decode

NOW_MS = 1_767_571_200_000
ASKED = ("plain_faust", "worker_no_store", "worker", "clickhouse_json")


def test_the_main_case_holds_what_is_asked_for_and_who_takes_over_comes_after() -> None:
    names = [subject.name for subject in MAIN]

    assert set(ASKED) <= set(names)
    assert all(names.index(each.like) < names.index(each.name) for each in MAIN if each.like)


def test_the_matrices_hold_every_partition_count_and_share_of_bad_messages() -> None:
    planned = cases(Options())

    assert {case.load.partitions for case in planned if case.part == "partitions"} == {1, 4, 12} == set(PARTITIONS)
    assert {case.load.bad_percent for case in planned if case.part == "bad"} == {0, 0.01, 1, 10} == set(BAD_PERCENTS)


def test_options_come_from_the_environment() -> None:
    chosen = options_of(
        {"BENCH_EVENTS": "8000", "BENCH_REPEATS": "1", "BENCH_ONLY": "main,bad", "BENCH_JSON": "x.json"}
    )

    assert (chosen.events, chosen.matrix_events, chosen.plain_events) == (8000, 3000, 1000)
    assert chosen.only == ("main", "bad")
    assert str(chosen.json_path) == "x.json"


def test_plain_faust_and_we_accept_the_same_messages() -> None:
    """The comparison is fair only if both refuse the spoilt ones and group all others."""
    sound = traffic.events(600)
    messages = [message for _, message in traffic.spoilt(sound, 10)]
    plain = Groups()
    for message in messages:
        plain.take(message, NOW_MS)

    import numpy as np

    ours = decode(messages, np.full(len(messages), NOW_MS), Acceptance(event_age_max_ms=10**12))

    assert {len(event.message) for event in sound} == {BENCH_BYTES}
    assert plain.refused == len(ours.refusals) == 60
    assert plain.grouped == ours.events.num_rows == 540


def test_plain_grouping_adds_up() -> None:
    groups = Groups()
    for event in traffic.events(50):
        groups.take(event.message, NOW_MS)

    histograms = [sum(histogram[0].values()) for _, histogram in groups.rows.values()]

    assert sum(histograms) == 50
    assert all(0 <= place <= index(2**31) for _, (first, *_) in groups.rows.values() for place in first)


def test_a_summary_has_medians_ratios_and_what_was_required() -> None:
    found = {case: [_measured(case, seconds) for seconds in (1.0, 9.0, 2.0)] for case in cases(Options(events=8000))}

    whole = summary(found, {"p99_s": 3.5}, Options())

    assert set(ASKED) <= whole.keys()
    assert whole["worker"]["events_per_second"] == 4000, "8,000 events in the median of 1, 9 and 2 seconds"
    assert whole["worker"]["rounds"] == [8000, 889, 4000]
    assert whole["worker"]["cpu_us_per_event"] == 125.0
    assert whole["ratios"]["worker_to_plain_faust"] == 8.0
    assert whole["ratios"]["worker_to_worker_without_protocol"] == 1.0
    assert list(whole["required"].values()) == [True, True, False]
    assert "MISSED published to visible" in as_text(whole)


def test_a_run_of_some_parts_keeps_the_figures_of_the_others() -> None:
    def of(part: str, seconds: float) -> dict[str, object]:
        options = Options(events=8000, only=(part,))
        return summary({case: [_measured(case, seconds)] for case in cases(options)}, None, options)

    main, protocol = of("main", 1.0), of("protocol", 2.0)

    both = merged(main, protocol)

    assert both["worker"] == main["worker"]
    assert both["run"] == main["run"]
    assert both["protocol"] == protocol["protocol"]
    assert set(both["ratios"]) > {"worker_to_plain_faust", "worker_to_worker_without_protocol"}


def test_inserts_of_json_are_as_large_as_the_workers_batches() -> None:
    assert piece_rows(10_050, 10_000) == 10_050, "no insert for a remainder"
    assert piece_rows(75_000, 20_000) == 18_750
    assert piece_rows(5, 20_000) == 5


def test_delays_are_from_sending_to_first_sight() -> None:
    sent = {f"m{n}": float(n) for n in range(100)}
    seen = {name: at + (5.0 if name == "m7" else 1.0) for name, at in sent.items()}

    told = summarise(sent, seen)

    assert (told["p50_s"], told["max_s"], told["markers"]) == (1.0, 5.0, 100)


def _measured(case: Case, seconds: float) -> Measured:
    return Measured(case.events, seconds, 1.0, 100.0, case.events)
