"""What a rebuild takes out of facts and changes in the ledger, on record before the first change.

Deletes and the ledger cannot change at one instant. So all that will be done stands in a table first, which
appears by a rename. Carrying it out again after a kill changes nothing: facts are named by their offsets,
and the ledger's counts by what they become, not by how much they change.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from tokentide.schemas.position import Partition
from tokentide.sinks.clickhouse.check_schema import has_table
from tokentide.sinks.clickhouse.mutations import await_mutations
from tokentide.sinks.clickhouse.quote import numbers, quoted
from tokentide.sinks.clickhouse.store import Store

CORRECTIONS: Final = "usage_rebuild_corrections"
DRAFT: Final = "usage_rebuild_draft"
COLUMNS: Final = (
    "(epoch String, topic String, partition UInt32, batch_start UInt64, ledger_day Date, "
    "offsets Array(UInt64), days Array(Date), conflicting Array(UInt8), "
    "stored UInt64, duplicates UInt64, conflicts UInt64) ENGINE = MergeTree ORDER BY (epoch, partition, batch_start)"
)
# Constants of one statement, well below the engine's limit of 256 KiB.
_OFFSETS: Final = 8_000
_BATCHES: Final = 1_000


@dataclass(frozen=True, slots=True)
class Correction:
    """What becomes of one batch.

    Attributes:
        partition: its partition.
        start: its first offset.
        ledger_day: received day of its ledger row.
        offsets: the facts to remove.
        days: received day of each.
        conflicting: whether each has another payload than the event that stays.
        stored: facts that stay.
        duplicates: the ledger's duplicates from then on.
        conflicts: the ledger's conflicts (dead letters among them) from then on.
    """

    partition: Partition
    start: int
    ledger_day: date
    offsets: tuple[int, ...]
    days: tuple[date, ...]
    conflicting: tuple[bool, ...]
    stored: int
    duplicates: int
    conflicts: int


def pending_corrections(store: Store) -> list[Correction]:
    """Return the corrections on record; not empty only within a rebuild or after one that was cut short."""
    if not has_table(store, CORRECTIONS):
        return []
    return [_correction(row) for row in store.rows(f"SELECT * FROM {CORRECTIONS} ORDER BY ALL")]


def apply_corrections(store: Store, corrections: Sequence[Correction]) -> None:
    """Remove the facts and make the ledger balance again; once or more often, with the same result."""
    for statement in (*_deletes(corrections), *_updates(corrections)):
        store.command(statement)
    if corrections:
        await_mutations(store)


def drop_corrections(store: Store) -> None:
    """Forget the corrections: facts, ledger and levels are as they are to be."""
    for table in (CORRECTIONS, DRAFT):
        store.command(f"DROP TABLE IF EXISTS {table} SYNC")


def _correction(row: dict[str, Any]) -> Correction:
    return Correction(
        Partition(row["epoch"], row["topic"], row["partition"]),
        row["batch_start"],
        row["ledger_day"],
        tuple(row["offsets"]),
        tuple(row["days"]),
        tuple(map(bool, row["conflicting"])),
        row["stored"],
        row["duplicates"],
        row["conflicts"],
    )


def _deletes(corrections: Iterable[Correction]) -> Iterator[str]:
    """Yield deletes by constants: one that outlives a kill must not judge rows written later."""
    offsets: dict[tuple[date, Partition], list[int]] = defaultdict(list)
    for correction in corrections:
        for day, offset in zip(correction.days, correction.offsets, strict=True):
            offsets[day, correction.partition].append(offset)
    for (day, where), found in sorted(offsets.items(), key=lambda item: (item[0][0], str(item[0][1]))):
        for place in range(0, len(found), _OFFSETS):
            yield (
                f"DELETE FROM usage_events IN PARTITION ID '{day:%Y%m%d}' WHERE {_of(where)} "
                f"AND `offset` IN {numbers(found[place : place + _OFFSETS])}"
            )


def _updates(corrections: Iterable[Correction]) -> Iterator[str]:
    batches: dict[tuple[date, Partition], list[Correction]] = defaultdict(list)
    for correction in corrections:
        batches[correction.ledger_day, correction.partition].append(correction)
    for (day, where), found in sorted(batches.items(), key=lambda item: (item[0][0], str(item[0][1]))):
        for place in range(0, len(found), _BATCHES):
            yield _update(day, where, found[place : place + _BATCHES])


def _update(day: date, where: Partition, batches: Sequence[Correction]) -> str:
    starts = numbers(batch.start for batch in batches)

    def becomes(name: str, values: Iterable[int]) -> str:
        return f"transform(batch_start, {starts}, {numbers(values)}, {name})"

    conflicts = becomes("conflicts", (batch.conflicts for batch in batches))
    dead = f"mapUpdate(dead, CAST(map('conflict', {conflicts}), 'Map(LowCardinality(String), UInt64)'))"
    return (
        f"ALTER TABLE usage_batches UPDATE stored = {becomes('stored', (batch.stored for batch in batches))}, "
        f"duplicates = {becomes('duplicates', (batch.duplicates for batch in batches))}, "
        f"conflicts = {conflicts}, dead = if({conflicts} = 0, dead, {dead}) "
        f"IN PARTITION ID '{day:%Y%m%d}' WHERE {_of(where)} AND batch_start IN {starts}"
    )


def _of(where: Partition) -> str:
    return f"epoch = {quoted(where.epoch)} AND topic = {quoted(where.topic)} AND partition = {where.number}"
