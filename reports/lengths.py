"""Lengths of requests: exact means, and quantiles of mergeable histograms."""

from collections.abc import Sequence
from dataclasses import dataclass

from tokentide.reports.formulas import (
    OF_HISTOGRAMS,
    SAMPLE_COLUMNS,
    VOLUME,
    VOLUME_COLUMNS,
    Column,
    Kind,
    Plain,
    Sum,
    Windows,
    part,
)
from tokentide.reports.quantiles import bin_at, cumulated, midpoint


@dataclass(frozen=True, slots=True)
class Distribution(Plain):
    """Exact mean and histogram quantiles of lengths; `lengths` are (name, columns summed for the mean)."""

    lengths: tuple[tuple[str, tuple[str, ...]], ...]
    percents: Sequence[int] = (50, 90, 99)
    windows: Windows = OF_HISTOGRAMS

    @property
    def sums(self) -> tuple[Sum, ...]:
        """The volume and, per length, its total and its histogram."""
        totals = (Sum(f"{name}_sum", measures) for name, measures in self.lengths)
        histograms = (Sum(f"{name}_hist", (f"{name}_hist",), Kind.HISTOGRAM) for name, _ in self.lengths)
        return (*VOLUME, *totals, *histograms)

    @property
    def own(self) -> tuple[Column, ...]:
        """Means and the bins of the quantiles: computed where the sums change, not at every window end."""
        return tuple(column for name, _ in self.lengths for column in self._found(name))

    @property
    def across(self) -> tuple[Column, ...]:
        """Mean and quantiles of each length, then the volume they describe."""
        lengths = (column for name, _ in self.lengths for column in self._of(name))
        return (*lengths, *VOLUME_COLUMNS, *SAMPLE_COLUMNS, Column("known_share", "1."))

    def _found(self, name: str) -> tuple[Column, ...]:
        counts, bins = f"{name}_counts", f"{name}_hist"
        return (
            Column(f"{name}_mean", part(f"{name}_sum", "n")),
            Column(counts, cumulated(bins)),
            *(Column(f"{name}_bin{percent}", bin_at(bins, counts, percent)) for percent in self.percents),
        )

    def _of(self, name: str) -> tuple[Column, ...]:
        return (
            Column(f"{name}_mean", f"{name}_mean"),
            *(Column(f"{name}_p{percent}", midpoint(f"{name}_bin{percent}")) for percent in self.percents),
        )
