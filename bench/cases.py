"""What is run: subjects, each on one load, and the parts of the benchmark they make up."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from bench.options import Options
from bench.topics import Load

PARTITIONS: Final = (1, 4, 12)
TURNS: Final = 2
BAD_PERCENTS: Final = (0.0, 0.01, 1.0, 10.0)


@dataclass(frozen=True, slots=True)
class Subject:
    """Who is measured.

    Attributes:
        name: its key in the summary.
        module: of `bench.subjects`.
        store: `full`, `facts` (no rollups) or `null`; plain Faust has none.
        fsync: every insert waits for the disk.
        like: name of the subject whose rows per insert it takes over.
        protocol: it delivers exactly once; without, see `bench.subjects.unguarded`.
    """

    name: str
    module: str
    store: str = "full"
    fsync: bool = True
    like: str = ""
    protocol: bool = True


PLAIN: Final = Subject("plain_faust", "plain_faust", store="")
NO_STORE: Final = Subject("worker_no_store", "worker", store="null")
WORKER: Final = Subject("worker", "worker")
CLICKHOUSE: Final = Subject("clickhouse_json", "clickhouse_json", like="worker")
WORKER_FACTS: Final = Subject("worker_no_rollups", "worker", store="facts")
CLICKHOUSE_FACTS: Final = Subject("clickhouse_json_no_rollups", "clickhouse_json", store="facts", like="worker")
WORKER_NO_FSYNC: Final = replace(WORKER, name="worker_no_fsync", fsync=False)
CLICKHOUSE_NO_FSYNC: Final = replace(CLICKHOUSE, name="clickhouse_json_no_fsync", fsync=False, like="worker_no_fsync")

WORKER_UNGUARDED: Final = replace(WORKER, name="worker_without_protocol", protocol=False)

MAIN: Final = (
    PLAIN,
    NO_STORE,
    WORKER,
    CLICKHOUSE,
    WORKER_FACTS,
    CLICKHOUSE_FACTS,
    WORKER_NO_FSYNC,
    CLICKHOUSE_NO_FSYNC,
)
"""In this order: whoever is `like` another comes after it."""


@dataclass(frozen=True, slots=True)
class Case:
    """One subject on one load."""

    part: str
    subject: Subject
    load: Load
    events: int
    """Messages the subject reads: all of the load, but for plain Faust."""


def cases(options: Options) -> list[Case]:
    """Return every case of a round, side by side in the order they run."""
    parts = {"main": _main, "protocol": _protocol, "partitions": _by_partitions, "bad": _by_bad}
    return [case for name in options.only if name in parts for case in parts[name](options)]


def _case(part: str, subject: Subject, load: Load, options: Options) -> Case:
    events = min(load.events, options.plain_events) if subject is PLAIN else load.events
    return Case(part, subject, load, events)


def _main(options: Options) -> Iterator[Case]:
    load = Load(options.events)
    yield from (_case("main", subject, load, options) for subject in MAIN)


def _protocol(options: Options) -> Iterator[Case]:
    """The worker with and without its protocol, by turns within a round too: the difference is small."""
    load = Load(options.events)
    for _ in range(TURNS):
        for subject in (WORKER, WORKER_UNGUARDED):
            yield _case("protocol", subject, load, options)


def _by_partitions(options: Options) -> Iterator[Case]:
    for partitions in PARTITIONS:
        load = Load(options.matrix_events, partitions)
        for subject in (PLAIN, NO_STORE, WORKER, CLICKHOUSE):
            yield _case("partitions", subject, load, options)


def _by_bad(options: Options) -> Iterator[Case]:
    for bad_percent in BAD_PERCENTS:
        load = Load(options.matrix_events, bad_percent=bad_percent)
        for subject in (PLAIN, WORKER, CLICKHOUSE):
            yield _case("bad", subject, load, options)
