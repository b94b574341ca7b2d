"""The balance sheet: what became of every offset that was settled, as a query on the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tokentide.sinks.clickhouse.store import Store


@dataclass(frozen=True, slots=True)
class Sheet:
    """Sums over the ledger: received = stored + duplicates + dead letters (conflicts among them) + dropped."""

    received: int = 0
    stored: int = 0
    duplicates: int = 0
    conflicts: int = 0
    dropped: int = 0
    by_reason: Mapping[str, int] = field(default_factory=dict)

    @property
    def dead_letters(self) -> int:
        """Refused messages, whatever the reason."""
        return sum(self.by_reason.values())

    @property
    def unexplained(self) -> int:
        """Received and in no other column; 0 or there is a defect."""
        return self.received - self.stored - self.duplicates - self.dead_letters - self.dropped

    def since(self, earlier: "Sheet") -> "Sheet":
        """Return what was settled after `earlier`."""
        reasons = {reason: count - earlier.by_reason.get(reason, 0) for reason, count in self.by_reason.items()}
        return Sheet(
            self.received - earlier.received,
            self.stored - earlier.stored,
            self.duplicates - earlier.duplicates,
            self.conflicts - earlier.conflicts,
            self.dropped - earlier.dropped,
            {reason: count for reason, count in reasons.items() if count},
        )


_SUMS = """
SELECT
    sum(received) AS received,
    sum(stored) AS stored,
    sum(duplicates) AS duplicates,
    sum(conflicts) AS conflicts,
    sum(dropped) AS dropped
FROM usage_batches
"""
_REASONS = """
SELECT reason, sum(count) AS count
FROM usage_batches
ARRAY JOIN mapKeys(dead) AS reason, mapValues(dead) AS count
GROUP BY reason
"""


def balance_sheet(store: Store) -> Sheet:
    """Return the sums over every batch of the ledger."""
    sums = store.rows(_SUMS)[0]
    reasons = {str(row["reason"]): int(row["count"]) for row in store.rows(_REASONS)}
    return Sheet(**{name: int(sum_) for name, sum_ in sums.items()}, by_reason=reasons)
