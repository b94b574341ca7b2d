"""What every metric's shape is made of: sums over rollup rows, and columns computed from those sums.

A formula names additive columns only; shares, rates, means and quantiles are computed at read time, so
every level, bucket and window is a sum of sums. `own` columns need one group's sums; `across` columns
compare a group with all groups at the same time (and in the same part, where groups stand within another).
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NamedTuple, Protocol

Row = dict[str, Any]


class Unit(StrEnum):
    """What a share or a ranking counts."""

    TOKENS = "tokens"
    REQUESTS = "requests"
    USD = "usd"
    ACCOUNTS = "accounts"


class Kind(StrEnum):
    """How a quantity is merged, and how wide its running sum must be."""

    COUNT = "count"
    SQUARE = "square"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Sum:
    """One additive quantity.

    Attributes:
        name: its name in a query.
        measures: the rollup columns it adds.
        kind: how it is merged.
        where: only rows of this kind count: a dimension and the values it must have.
    """

    name: str
    measures: tuple[str, ...]
    kind: Kind = Kind.COUNT
    where: tuple[str, tuple[str, ...]] | None = None

    @property
    def histogram(self) -> bool:
        """Whether it is a map of bins."""
        return self.kind is Kind.HISTOGRAM

    @property
    def function(self) -> str:
        """The aggregate function that merges it."""
        return "sumMap" if self.histogram else "sum"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an answer and the SQL that computes it; `shown` is False for what only `refine` needs."""

    name: str
    sql: str
    shown: bool = True


def add(name: str, *measures: str, where: tuple[str, tuple[str, ...]] | None = None) -> Sum:
    """Return a sum of the columns named, by default of the one called like it."""
    return Sum(name, measures or (name,), where=where)


class Volume(NamedTuple):
    """The sums that every answer carries, by the names a ranking and the shared columns use."""

    n: Sum
    requests: Sum
    tokens: Sum
    cost_nano: Sum
    unpriced: Sum


VOLUME: Final = Volume(
    add("n", "attempts"),
    add("requests"),
    add("tokens", "prompt_tokens", "completion_tokens"),
    add("cost_nano"),
    add("unpriced"),
)
"""What an answer sums, so that no figure stands without its volume and its unpriced part."""


class Windows(NamedTuple):
    """How many windows one answer gives unless --from asks for more, and how many it may ask for."""

    by_default: int
    at_most: int


OF_COUNTS: Final = Windows(240, 1_000_000)
"""Four hours of minutes, unless more is asked for: what is looked at, not what could be computed."""
OF_HISTOGRAMS: Final = Windows(240, 10_000)
"""A window of histograms is thousands of numbers per group."""


def ranked(tokens: str, requests: str, cost_nano: str) -> str:
    """Return SQL of the volume groups are ranked by; of one type, whatever the sums are."""
    return (
        f"multiIf({{unit:String}} = 'usd', toUInt128({cost_nano}), "
        f"{{unit:String}} = 'requests', toUInt128({requests}), toUInt128({tokens}))"
    )


RANK: Final = ranked("tokens", "requests", "cost_nano")

COST: Final = "if(n > unpriced, cost_nano / 1e9, NULL)"
VOLUME_COLUMNS: Final = (
    Column("tokens", "tokens"),
    Column("requests", "requests"),
    # no reported cost at all is unknown, not free
    Column("cost_usd", COST),
)
SAMPLE_COLUMNS: Final = (Column("n", "n"), Column("unpriced", "unpriced"))


class Formula(Protocol):
    """What the statement builder asks of a metric's shape."""

    @property
    def windows(self) -> Windows:
        """How many windows an answer may have."""

    @property
    def sums(self) -> tuple[Sum, ...]:
        """Additive quantities, those of `VOLUME` by name among them."""

    @property
    def own(self) -> tuple[Column, ...]:
        """Columns computed from one group's sums and needed by `across`."""

    @property
    def across(self) -> tuple[Column, ...]:
        """The columns of the answer, in order."""

    @property
    def rank(self) -> str:
        """SQL of the volume, in the unit asked for, that puts groups in order."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the answer's columns once refined, in order."""

    def refine(self, rows: Sequence[Mapping[str, Any]], unit: Unit) -> list[Row]:
        """Return the rows as they are shown: what SQL did not compute is computed here."""


class Ranked:
    """What puts its groups in order by all of their volume."""

    __slots__ = ()

    @property
    def rank(self) -> str:
        """All of a group's volume."""
        return RANK


class Plain(Ranked, ABC):
    """A formula whose SQL says it all."""

    __slots__ = ()

    @property
    @abstractmethod
    def across(self) -> tuple[Column, ...]:
        """The columns of the answer, in order."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the answer's columns, in order."""
        return tuple(column.name for column in self.across)

    def refine(self, rows: Sequence[Mapping[str, Any]], unit: Unit) -> list[Row]:
        """Return the rows as SQL gave them."""
        return [dict(row) for row in rows]


def share_of_unit() -> Column:
    """Return the share that --unit asks for."""
    sql = "multiIf({unit:String} = 'usd', cost_share, {unit:String} = 'requests', request_share, token_share)"
    return Column("share", sql)


def part(numerator: str, denominator: str) -> str:
    """Return SQL for a part of a whole: null where the whole is nothing."""
    return f"{numerator} / nullIf({denominator}, 0)"


def priced(share: str) -> str:
    """Return SQL for a share of cost: null where no attempt of the row has a reported cost."""
    return f"if(n > unpriced, {share}, NULL)"
