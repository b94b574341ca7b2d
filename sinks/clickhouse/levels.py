"""The stored levels: which tables sum facts up, what a row of each consists of, how long it is kept."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from tokentide.schemas.rollup import BUCKET_S, Family
from tokentide.schemas.rollup_columns import ACCOUNT_SHAPE, SHAPES, Shape

BUCKET: Final = f"toStartOfInterval(fact.event_time, toIntervalSecond({BUCKET_S}))"
_HOUR: Final = "toStartOfHour(toDateTime(fact.event_time, 'UTC'))"
_DAY: Final = "toStartOfDay(toDateTime(fact.event_time, 'UTC'))"
FINE_KEEPS_DAYS: Final = 14
ACCOUNTS: Final = "accounts"
DAY_S: Final = 86_400


@dataclass(frozen=True, slots=True)
class Level:
    """One stored level.

    Attributes:
        table: its name, or what stands for it.
        bucket: SQL of the start of a fact's bucket, a DateTime.
        keeps_days: days after which its rows may be gone, or None for ever.
        cube: the family its rows belong to, or `accounts`; which sums they hold.
        shape: its columns.
        step_s: seconds a bucket spans.
        behind_ledger: filled with the ledger row of a batch; else with the batch's facts, before it.
    """

    table: str
    bucket: str
    keeps_days: int | None
    cube: str = Family.MODEL.value
    shape: Shape = field(default=SHAPES[Family.MODEL])
    step_s: int = 3600
    behind_ledger: bool = True

    @property
    def view(self) -> str:
        """Return the name of the materialised view that fills it."""
        source = "rollups" if self.behind_ledger else "events"
        return f"usage_{source}_to_{self.table.removeprefix('usage_')}"

    @property
    def names(self) -> str:
        """Return its columns, as SQL lists them."""
        return ", ".join(f"`{column.name}`" for column in self.shape.columns)

    @property
    def keys(self) -> str:
        """Return the columns it groups by, as SQL lists them."""
        return ", ".join(column.name for column in self.shape.keys)

    def bucket_of(self, row: str) -> str:
        """Return the SQL of the bucket of one of its rows, a DateTime, as `row` names it."""
        column = f"{row}.{self.shape.time.name}"
        return column if self.shape.time.name == "bucket" else f"toDateTime({column}, 'UTC')"

    def time_of_fact(self) -> str:
        """Return the SQL of what its time column holds for a fact."""
        return self.bucket if self.shape.time.name == "bucket" else f"toDate({self.bucket})"


def _of_cube(family: Family) -> Iterator[Level]:
    cube, shape = family.value, SHAPES[family]
    yield Level(f"usage_{cube}_10s", BUCKET, FINE_KEEPS_DAYS, cube, shape, BUCKET_S)
    yield Level(f"usage_{cube}_1h", _HOUR, None, cube, shape)


ACCOUNT_LEVEL: Final = Level(
    "usage_accounts_1d", _DAY, None, ACCOUNTS, ACCOUNT_SHAPE, step_s=DAY_S, behind_ledger=False
)
"""What each account did on each day; a materialised view fills it from facts."""

LEVELS: Final = (*(level for family in SHAPES for level in _of_cube(family)), ACCOUNT_LEVEL)
"""Every stored level; of a family the 10-second one first."""

TOTAL_LEVEL: Final = Level(
    "usage_total_1d_sealed",
    _DAY,
    None,
    Family.MODEL.value,
    replace(SHAPES[Family.MODEL], dimensions=()),
    DAY_S,
)
"""All traffic of a day in one row: what a figure of everything reads, its histograms above all."""

SEALED_LEVELS: Final = (
    *(Level(f"usage_{family}_1d_sealed", _DAY, None, family.value, shape, DAY_S) for family, shape in SHAPES.items()),
    TOTAL_LEVEL,
)
"""Days of event time for received days to which nothing is added any more; no batch writes them, see `sealed`."""

WRITTEN: Final = ("usage_events", *(level.table for level in LEVELS), "usage_batches")
"""Every table that gets a part when a batch is written."""
