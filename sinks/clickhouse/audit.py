"""Does the store add up? The balance sheet, the ledger against facts, every stored level against facts.

Each check is a query over stored keys and returns sentences; no sentence means that it holds. While
workers write, a batch between its facts and its rollups can look wrong: judge what persists over two runs.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final

from tokentide.sinks.clickhouse.balance import Sheet, balance_sheet
from tokentide.sinks.clickhouse.batches import covered
from tokentide.sinks.clickhouse.check_schema import schema_faults
from tokentide.sinks.clickhouse.days import compared_days, first_kept_day, stored_days
from tokentide.sinks.clickhouse.differences import difference_at
from tokentide.sinks.clickhouse.levels import SEALED_LEVELS
from tokentide.sinks.clickhouse.recompute import LEVELS, Level, unequal_buckets
from tokentide.sinks.clickhouse.sealed import sealed_days
from tokentide.sinks.clickhouse.sealing import unequal_days
from tokentide.sinks.clickhouse.store import Store

_SHOWN: Final = 10
_EXPLAINED: Final = 3
"""Sentences of each check; of buckets, each of which takes two queries to explain."""
_FACT_KEY: Final = "epoch, topic, partition, batch_start"


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What an audit found.

    Attributes:
        sheet: the balance over every batch of the ledger.
        facts: stored facts, those not in the ledger yet included.
        in_flight: facts written ahead of their ledger row.
        duplicates_beyond_horizon: facts whose event_id is stored already; `rebuild` removes them.
        misplaced_keys: facts found in another partition than murmur2 of their event_id names.
        faults: what does not hold, one sentence each; empty if the store adds up.
    """

    sheet: Sheet
    facts: int
    in_flight: int
    duplicates_beyond_horizon: int
    misplaced_keys: int
    faults: tuple[str, ...] = field(default=())

    @property
    def holds(self) -> bool:
        """Whether everything adds up."""
        return not self.faults


def audit(store: Store) -> AuditReport:
    """Return whether the ledger balances and facts and every stored level equal what it says."""
    if faults := schema_faults(store):
        return AuditReport(Sheet(), 0, 0, 0, 0, tuple(faults))
    counts = store.rows(_COUNTS)[0]
    misplaced = store.rows(_MISPLACED)[0]["misplaced"]
    return AuditReport(
        sheet=balance_sheet(store),
        facts=counts["facts"],
        in_flight=counts["in_flight"],
        duplicates_beyond_horizon=counts["facts"] - counts["ids"],
        misplaced_keys=misplaced,
        faults=tuple(sentence for check in CHECKS for sentence in check(store)),
    )


_COVERED: Final = covered("fact")
_COUNTS: Final = (
    f"SELECT count() AS facts, uniqExact(event_id) AS ids, countIf(NOT ({_COVERED})) AS in_flight "
    "FROM usage_events AS fact"
)
_MISPLACED: Final = (
    "SELECT countIf(kafkaMurmurHash(fact.event_id) % topics.partitions != fact.partition) AS misplaced "
    "FROM usage_events AS fact INNER JOIN "
    "(SELECT epoch, topic, max(partitions) AS partitions FROM usage_topics GROUP BY epoch, topic) AS topics "
    "ON fact.epoch = topics.epoch AND fact.topic = topics.topic"
)


def unbalanced_batches(store: Store) -> Iterator[str]:
    """Batches whose own columns do not add up to the offsets they cover."""
    return _sentences(
        store,
        "SELECT *, batch_end - batch_start AS offsets, arraySum(mapValues(dead)) AS refused FROM usage_batches "
        "WHERE batch_end <= batch_start OR received != offsets "
        "OR received != stored + duplicates + refused + dropped OR conflicts != dead['conflict']",
        lambda row: (
            f"{_named(row)} covers {row['offsets']} offsets but counts received {row['received']} = "
            f"stored {row['stored']} + duplicates {row['duplicates']} + dead letters {row['refused']} "
            f"(conflicts {row['conflicts']}) + dropped {row['dropped']}"
        ),
    )


def broken_spans(store: Store) -> Iterator[str]:
    """Offsets that two batches cover, or none between two batches."""
    return _sentences(
        store,
        "SELECT *, toInt64(batch_start) - toInt64(previous) AS distance FROM (SELECT *, "
        "max(batch_end) OVER (PARTITION BY epoch, topic, partition ORDER BY batch_start, batch_end "
        "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS previous, "
        "row_number() OVER (PARTITION BY epoch, topic, partition ORDER BY batch_start, batch_end) AS place "
        "FROM usage_batches) WHERE place > 1 AND distance != 0",
        lambda row: (
            f"{_named(row)} begins {abs(row['distance'])} offsets "
            f"{'after' if row['distance'] > 0 else 'before'} the end of the batch before it"
        ),
    )


def wrong_facts(store: Store) -> Iterator[str]:
    """Batches whose facts are not as many as stored, not distinct, or outside their offsets."""
    sql = (
        "SELECT ledger.*, held.facts AS facts, held.positions AS positions, "
        "facts > 0 AND held.most >= ledger.batch_end AS outside "
        "FROM (SELECT * FROM usage_batches WHERE toDate(append_time_min) >= {first:Date}) AS ledger "
        f"LEFT JOIN (SELECT {_FACT_KEY}, count() AS facts, uniqExact(`offset`) AS positions, "
        "min(`offset`) AS least, max(`offset`) AS most FROM usage_events "
        f"WHERE toDate(received_at) >= {{first:Date}} GROUP BY {_FACT_KEY}) AS held "
        f"USING ({_FACT_KEY}) WHERE facts != ledger.stored OR positions != facts OR "
        "(facts > 0 AND (held.least < ledger.batch_start OR held.most >= ledger.batch_end))"
    )
    return _sentences(store, sql, _wrong_facts, {"first": first_kept_day(store)})


def _wrong_facts(row: dict[str, Any]) -> str:
    return (
        f"{_named(row)} stored {row['stored']} events but usage_events holds {row['facts']} "
        f"at {row['positions']} offsets{', some past its end' if row['outside'] else ''}"
    )


def orphaned_facts(store: Store) -> Iterator[str]:
    """Facts in no batch of the ledger although later offsets of their partition are in it."""
    return _sentences(
        store,
        f"SELECT {_FACT_KEY}, count() AS facts, max(`offset`) + 1 AS batch_end FROM usage_events AS fact "
        f"INNER JOIN (SELECT epoch, topic, partition, max(batch_end) AS settled FROM usage_batches "
        f"GROUP BY epoch, topic, partition) AS ends USING (epoch, topic, partition) "
        f"WHERE fact.`offset` < ends.settled AND NOT ({_COVERED}) GROUP BY {_FACT_KEY}",
        lambda row: f"usage_events holds {row['facts']} facts of {_named(row)}, which the ledger does not have",
    )


def unequal_levels(store: Store) -> Iterator[str]:
    """Buckets of a stored level that are not the sum of the facts behind the ledger."""
    for level in LEVELS:
        days = compared_days(store, level, stored_days(store))
        if days:
            yield from _unequal(store, level, days[0])


def _unequal(store: Store, level: Level, first: date) -> Iterator[str]:
    # Accounts are filled with the facts themselves, those in flight included.
    facts = f"toDate(fact.received_at) >= '{first}' AND {_COVERED if level.behind_ledger else '1'}"
    sql = unequal_buckets(level, facts, f"stored.received_day >= '{first}'")
    for row in store.rows(f"SELECT * FROM ({sql}) ORDER BY ALL LIMIT {_EXPLAINED}"):
        yield difference_at(store, level, row["received_day"], row["bucket"])


def unequal_sealed(store: Store) -> Iterator[str]:
    """Sealed days that readers take for what they sum up and that are something else."""
    for level in SEALED_LEVELS:
        days = sealed_days(store.query, level)
        for row in (
            store.rows(f"SELECT * FROM ({unequal_days(level, days)}) ORDER BY ALL LIMIT {_SHOWN}") if days else ()
        ):
            at = datetime.fromtimestamp(row["bucket"], UTC)
            yield f"{level.table}, {at:%Y-%m-%d}, received {row['received_day']}: is not the sum of its hours"


CHECKS: Final[tuple[Callable[[Store], Iterator[str]], ...]] = (
    unbalanced_batches,
    broken_spans,
    wrong_facts,
    orphaned_facts,
    unequal_levels,
    unequal_sealed,
)


def _sentences(
    store: Store,
    sql: str,
    sentence: Callable[[dict[str, Any]], str],
    params: dict[str, Any] | None = None,
) -> Iterator[str]:
    for row in store.rows(f"SELECT * FROM ({sql}) ORDER BY {_FACT_KEY} LIMIT {_SHOWN}", params):
        yield sentence(row)


def _named(row: dict[str, Any]) -> str:
    return (
        f"batch [{row['batch_start']}, {row['batch_end']}) of partition {row['partition']} "
        f"of {row['topic']} (epoch {row['epoch']})"
    )
