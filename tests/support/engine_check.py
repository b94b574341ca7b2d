"""Does an engine hold what its logs must come to? Reads plain columns; what they must give is the oracle's.

Compares facts row by row, the ledger batch by batch, every stored level and read view key by key.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from support.engine_oracle import FAMILIES, HISTOGRAMS, Family, Key, Oracle

_SHOWN = 2
_FACT = (
    "SELECT partition, `offset`, event_id, toUnixTimestamp64Milli(received_at) AS received, "
    "toUnixTimestamp64Milli(event_time) AS happened, toString(used_model) AS model, "
    "toString(used_gateway) AS gateway, toString(used_tenant) AS tenant, prompt_tokens, completion_tokens, "
    "reasoning_tokens, cached_tokens, cost_nano, toString(finish_reason) AS finish_reason, "
    "toString(status) AS status, attempt FROM usage_events"
)
_SHEET = (
    "SELECT partition, sum(received) AS received, sum(stored) AS stored, sum(duplicates) AS duplicates, "
    "sum(conflicts) AS conflicts, sum(arraySum(mapValues(dead))) AS dead, sum(dropped) AS dropped "
    "FROM usage_batches GROUP BY partition"
)


@dataclass
class Found:
    """Events lost, events counted twice or never sent, and every difference in words."""

    lost: int = 0
    doubled: int = 0
    differences: list[str] = field(default_factory=list)

    def note(self, words: str, lost: int = 0, doubled: int = 0) -> None:
        """Add a difference; the same event is missing in several tables, so the worst counts."""
        self.lost, self.doubled = max(self.lost, lost), max(self.doubled, doubled)
        self.differences.append(words)


def compare(store: Any, dead: set[tuple[int, int]], expected: Oracle) -> Found:
    """Compare everything with the oracle, integer for integer."""
    found = Found()
    _facts(store, expected, found)
    _ledger(store, expected, found)
    if dead != expected.dead:
        found.note(f"dead letters: {sorted(dead ^ expected.dead)[:_SHOWN]} differ", lost=len(expected.dead - dead))
    for family in FAMILIES:
        for level in (*family.stored, *family.views):
            _level(store, family, level, expected, found)
    for level, name in product(FAMILIES[0].stored, HISTOGRAMS):
        _histogram(store, name, level, expected, found)
    return found


def _facts(store: Any, expected: Oracle, found: Found) -> None:
    rows = store.rows(_FACT)
    stored = Counter((row["partition"], row["offset"]) for row in rows)
    wanted = expected.facts
    missing = wanted.keys() - stored.keys()
    extra = stored.total() - len(stored.keys() & wanted.keys())
    if missing or extra:
        found.note(f"facts: {len(missing)} missing, {extra} too many", len(missing), extra)
    for row in rows:
        place, values = (row["partition"], row["offset"]), tuple(row.values())[2:]
        if place in wanted and wanted[place] != values:
            return found.note(f"the fact at {place} is {values}, not {wanted[place]}")
    return None


def _ledger(store: Any, expected: Oracle, found: Found) -> None:
    sheets = {row.pop("partition"): {name: int(value) for name, value in row.items()} for row in store.rows(_SHEET)}
    if sheets != expected.balance():
        found.note(f"the ledger says {sheets}, not {expected.balance()}")
    ends: dict[int, int] = defaultdict(int)
    for row in store.rows("SELECT partition, batch_start, batch_end FROM usage_batches ORDER BY ALL"):
        if row["batch_start"] != ends[row["partition"]]:
            found.note(f"the ledger has {row} after offset {ends[row['partition']]}")
        ends[row["partition"]] = row["batch_end"]
    if ends != expected.ends:
        found.note(f"the ledger ends at {dict(ends)}, not {expected.ends}")


def _level(store: Any, family: Family, level: str, expected: Oracle, found: Found) -> None:
    table = f"usage_{family.name}_{level}"
    wanted = expected.level(family, level, by_day=level in family.stored)
    held = _held(store, family, table, by_day=level in family.stored)
    unequal = sorted(key for key in wanted.keys() | held.keys() if wanted.get(key) != held.get(key))
    if unequal:
        nothing = {family.counts: 0}
        by = [held.get(key, nothing)[family.counts] - wanted.get(key, nothing)[family.counts] for key in unequal]
        some = [(key, held.get(key), wanted.get(key)) for key in unequal[:_SHOWN]]
        lost, doubled = -sum(each for each in by if each < 0), sum(each for each in by if each > 0)
        found.note(f"{table}: {len(unequal)} keys differ (found, wanted): {some}", lost, doubled)


def _held(store: Any, family: Family, table: str, *, by_day: bool) -> dict[Key, dict[str, int]]:
    """The rows of a level by its key; rows that count no event here carry measures that are not compared."""
    day = "toUInt32(received_day) AS received, " if by_day else ""
    keys = ", ".join(f"toString({name}) AS {name}_" for name in family.dimensions)
    sums = ", ".join(f"toString(sum({name})) AS {name}_sum" for name in family.measured)
    rows = store.rows(
        f"SELECT {day}toUnixTimestamp(toDateTime({family.time}, 'UTC')) AS at, {keys}, {sums} FROM {table} "
        f"GROUP BY ALL HAVING sum({family.counts}) > 0"
    )
    width = len(family.measured)
    return {
        tuple(row.values())[:-width]: dict(zip(family.measured, map(int, tuple(row.values())[-width:]), strict=True))
        for row in rows
    }


def _histogram(store: Any, name: str, level: str, expected: Oracle, found: Found) -> None:
    held: dict[int, Counter[int]] = defaultdict(Counter)
    for row in store.rows(
        f"SELECT toUnixTimestamp(toDateTime(bucket, 'UTC')) AS at, mapKeys({name}) AS bins, "
        f"mapValues({name}) AS counts FROM usage_model_{level}"
    ):
        held[row["at"]].update(dict(zip(row["bins"], row["counts"], strict=True)))
    found_bins = {at: dict(bins) for at, bins in held.items() if bins}
    if found_bins != expected.histogram(name, level):
        found.note(f"usage_model_{level}: {name} differs")
