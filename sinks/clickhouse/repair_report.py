"""What a repair found and did."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class RepairReport:
    """What a repair found and did.

    Attributes:
        days: received days that changed since the last checkpoint and were compared.
        batches_undone: batches whose facts were deleted, to be written anew.
        batches_cut: ledger rows removed because facts behind them are gone.
        rebuilt: (table, received day, buckets) recomputed from facts.
        seconds: how long it took.
    """

    days: tuple[date, ...]
    batches_undone: int
    batches_cut: int
    rebuilt: tuple[tuple[str, date, int], ...]
    seconds: float
