"""The shapes a metric can have, each as sums over rollup rows and columns computed from those sums.

A formula names additive columns only; shares, rates, means and quantiles are computed at read time, so
every level, bucket and window is a sum of sums. `own` columns need one group's sums; `across` columns
compare a group with all groups at the same time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple, Protocol

from tokentide.reports.quantiles import bin_at, cumulated, midpoint


class Unit(StrEnum):
    """What a share or a ranking counts."""

    TOKENS = "tokens"
    REQUESTS = "requests"
    USD = "usd"


@dataclass(frozen=True, slots=True)
class Sum:
    """One additive quantity: its name in a query and the rollup columns it adds."""

    name: str
    measures: tuple[str, ...]
    histogram: bool = False

    @property
    def function(self) -> str:
        """The aggregate function that merges it."""
        return "sumMap" if self.histogram else "sum"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an answer and the SQL that computes it."""

    name: str
    sql: str


def _sum(name: str, *measures: str) -> Sum:
    return Sum(name, measures or (name,))


VOLUME: Final = (
    _sum("n", "attempts"),
    _sum("requests"),
    _sum("tokens", "prompt_tokens", "completion_tokens"),
    _sum("cost_nano"),
    _sum("unpriced"),
)
"""What every answer sums, so that no figure stands without its volume and its unpriced part."""


class Windows(NamedTuple):
    """How many windows one answer gives unless --from asks for more, and how many it may ask for."""

    by_default: int
    at_most: int


_OF_COUNTS: Final = Windows(10_000, 1_000_000)
# a window of histograms is thousands of numbers per group
_OF_HISTOGRAMS: Final = Windows(1_440, 10_000)

RANK: Final = "multiIf({unit:String} = 'usd', cost_nano, {unit:String} = 'requests', requests, tokens)"
"""The volume groups are ranked by."""

_VOLUME_COLUMNS: Final = (
    Column("tokens", "tokens"),
    Column("requests", "requests"),
    Column("cost_usd", "cost_nano / 1e9"),
)
_SAMPLE_COLUMNS: Final = (Column("n", "n"), Column("unpriced", "unpriced"))


class Formula(Protocol):
    """What the statement builder asks of a metric's shape."""

    @property
    def windows(self) -> Windows:
        """How many windows an answer may have."""

    @property
    def sums(self) -> tuple[Sum, ...]:
        """Additive quantities, beside `VOLUME`."""

    @property
    def own(self) -> tuple[Column, ...]:
        """Columns computed from one group's sums and needed by `across`."""

    @property
    def across(self) -> tuple[Column, ...]:
        """The columns of the answer, in order."""


def _share_of_unit() -> Column:
    sql = "multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share)"
    return Column("share", sql)


def _part(numerator: str, denominator: str) -> str:
    return f"{numerator} / nullIf({denominator}, 0)"


@dataclass(frozen=True, slots=True)
class Composition:
    """Each group's part of everything, in all three units: shares that sum to 1."""

    windows: Windows = _OF_COUNTS

    @property
    def sums(self) -> tuple[Sum, ...]:
        """Nothing beside the volume."""
        return ()

    @property
    def own(self) -> tuple[Column, ...]:
        """Nothing beside the volume."""
        return ()

    @property
    def across(self) -> tuple[Column, ...]:
        """Shares of the chosen unit first, then all three, then what they are made of."""
        known = f"if({{unit:String}} = 'usd', {_part('(n - unpriced)', 'n')}, 1.)"
        return (
            _share_of_unit(),
            *_VOLUME_COLUMNS,
            Column("token_share", _part("tokens", "sum(tokens) OVER at_time")),
            Column("request_share", _part("requests", "sum(requests) OVER at_time")),
            Column("cost_share", _part("cost_nano", "sum(cost_nano) OVER at_time")),
            *_SAMPLE_COLUMNS,
            Column("known_share", known),
        )


@dataclass(frozen=True, slots=True)
class Proportion:
    """Within each group, the part that has a property, in all three units.

    `prefix` names the property's columns in a rollup row: `<prefix>_requests`, `_tokens` and `_cost_nano`;
    `known` counts the attempts that carry the field it is read from.
    """

    prefix: str
    known: str
    value: str | None = None
    windows: Windows = _OF_COUNTS

    @property
    def sums(self) -> tuple[Sum, ...]:
        """The property's volume and how many attempts could show it."""
        parts = (_sum(f"{self.prefix}_{what}") for what in ("tokens", "requests", "cost_nano"))
        return (*parts, _sum("known", self.known))

    @property
    def own(self) -> tuple[Column, ...]:
        """Nothing beside the sums."""
        return ()

    @property
    def across(self) -> tuple[Column, ...]:
        """The share of the chosen unit first, then all three, then what they are made of."""
        rate = (Column(self.value, "request_share"),) if self.value else ()
        return (
            *rate,
            _share_of_unit(),
            *_VOLUME_COLUMNS,
            Column("token_share", _part(f"{self.prefix}_tokens", "tokens")),
            # attempts on both sides: a retried request has a finish_reason of its own
            Column("request_share", _part(f"{self.prefix}_requests", "n")),
            Column("cost_share", _part(f"{self.prefix}_cost_nano", "cost_nano")),
            Column(f"{self.prefix}_tokens", f"{self.prefix}_tokens"),
            Column(f"{self.prefix}_requests", f"{self.prefix}_requests"),
            Column(f"{self.prefix}_cost_usd", f"{self.prefix}_cost_nano / 1e9"),
            *_SAMPLE_COLUMNS,
            Column("known_share", _part("known", "n")),
        )


@dataclass(frozen=True, slots=True)
class Distribution:
    """Exact mean and histogram quantiles of lengths; `lengths` are (name, columns summed for the mean)."""

    lengths: tuple[tuple[str, tuple[str, ...]], ...]
    percents: Sequence[int] = (50, 90, 99)
    windows: Windows = _OF_HISTOGRAMS

    @property
    def sums(self) -> tuple[Sum, ...]:
        """Per length, its total and its histogram."""
        totals = (Sum(f"{name}_sum", measures) for name, measures in self.lengths)
        histograms = (Sum(f"{name}_hist", (f"{name}_hist",), histogram=True) for name, _ in self.lengths)
        return (*totals, *histograms)

    @property
    def own(self) -> tuple[Column, ...]:
        """Means and the bins of the quantiles: computed where the sums change, not at every window end."""
        return tuple(column for name, _ in self.lengths for column in self._found(name))

    @property
    def across(self) -> tuple[Column, ...]:
        """Mean and quantiles of each length, then the volume they describe."""
        lengths = (column for name, _ in self.lengths for column in self._of(name))
        return (*lengths, *_VOLUME_COLUMNS, *_SAMPLE_COLUMNS, Column("known_share", "1."))

    def _found(self, name: str) -> tuple[Column, ...]:
        counts, bins = f"{name}_counts", f"{name}_hist"
        return (
            Column(f"{name}_mean", _part(f"{name}_sum", "n")),
            Column(counts, cumulated(bins)),
            *(Column(f"{name}_bin{percent}", bin_at(bins, counts, percent)) for percent in self.percents),
        )

    def _of(self, name: str) -> tuple[Column, ...]:
        return (
            Column(f"{name}_mean", f"{name}_mean"),
            *(Column(f"{name}_p{percent}", midpoint(f"{name}_bin{percent}")) for percent in self.percents),
        )
