"""Shares of traffic that was all counted: of a group in everything, and of a property within a group."""

from dataclasses import dataclass

from tokentide.reports.formulas import (
    OF_COUNTS,
    SAMPLE_COLUMNS,
    VOLUME,
    VOLUME_COLUMNS,
    Column,
    Plain,
    Sum,
    Windows,
    add,
    part,
    priced,
    ranked,
    share_of_unit,
)


@dataclass(frozen=True, slots=True)
class Composition(Plain):
    """Each group's part of everything, in all three units: shares that sum to 1.

    Attributes:
        prefix: count only attempts with a property, whose columns are `<prefix>_requests`, `_tokens` and
            `_cost_nano`; all attempts by default.
        known: a dimension whose unknown values make the figure partial: `known_share` is the part of the
            bucket's attempts for which it is known.
        carried: counts the attempts that carry the field the property is read from, for `known_share` of each group.
        covered: whether these rows tell `known_share`; not where rows without the field are left out.
        windows: how many windows an answer may have.
    """

    prefix: str = ""
    known: str = ""
    carried: str = ""
    covered: bool = True
    windows: Windows = OF_COUNTS

    @property
    def sums(self) -> tuple[Sum, ...]:
        """The volume, and the property's."""
        property_ = tuple(add(f"{self.prefix}_{what}") for what in ("tokens", "requests", "cost_nano"))
        unknown = add("unknown", "attempts", where=(self.known, ("unknown", "")))
        return (
            *VOLUME,
            *(property_ if self.prefix else ()),
            *((unknown,) if self.known else ()),
            *((add("carried", self.carried),) if self.carried else ()),
        )

    @property
    def rank(self) -> str:
        """What the shares are of: the property's volume, where there is one."""
        return ranked(*self._counted())

    @property
    def own(self) -> tuple[Column, ...]:
        """Nothing beside the volume."""
        return ()

    @property
    def across(self) -> tuple[Column, ...]:
        """Shares of the chosen unit first, then all three, then what they are made of."""
        tokens, requests, cost = self._counted()
        return (
            share_of_unit(),
            *VOLUME_COLUMNS,
            Column("token_share", part(tokens, f"sum({tokens}) OVER at_time")),
            Column("request_share", part(requests, f"sum({requests}) OVER at_time")),
            Column("cost_share", priced(part(cost, f"sum({cost}) OVER at_time"))),
            *self._property_columns(),
            *SAMPLE_COLUMNS,
            *((Column("known_share", self._known()),) if self.covered else ()),
        )

    def _counted(self) -> tuple[str, str, str]:
        if self.prefix:
            return f"{self.prefix}_tokens", f"{self.prefix}_requests", f"{self.prefix}_cost_nano"
        return "tokens", "requests", "cost_nano"

    def _property_columns(self) -> tuple[Column, ...]:
        return property_columns(self.prefix) if self.prefix else ()

    def _known(self) -> str:
        if self.known:
            return part("sum(n - unknown) OVER at_time", "sum(n) OVER at_time")
        if self.carried:
            return part("carried", "n")
        return f"if({{unit:String}} = 'usd', {part('(n - unpriced)', 'n')}, 1.)"


def property_columns(prefix: str) -> tuple[Column, ...]:
    """Return the volume of the attempts that have a property."""
    return (
        Column(f"{prefix}_tokens", f"{prefix}_tokens"),
        Column(f"{prefix}_requests", f"{prefix}_requests"),
        Column(f"{prefix}_cost_usd", priced(f"{prefix}_cost_nano / 1e9")),
    )


@dataclass(frozen=True, slots=True)
class Proportion(Plain):
    """Within each group, the part that has a property, in all three units.

    Attributes:
        prefix: names the property's columns: `<prefix>_requests`, `_tokens` and `_cost_nano`.
        known: counts the attempts that carry the field it is read from; '' where every attempt does.
        value: name of a column that repeats the share of attempts, '' for none.
        where: the property is a dimension's value: which one, and the values that have it.
        known_where: attempts that can show it, by a dimension's values.
        extra: further sums, and `more` further columns, that stand before the sample.
        more: see `extra`.
        windows: how many windows an answer may have.
    """

    prefix: str
    known: str = ""
    value: str = ""
    where: tuple[str, tuple[str, ...]] | None = None
    known_where: tuple[str, tuple[str, ...]] | None = None
    extra: tuple[Sum, ...] = ()
    more: tuple[Column, ...] = ()
    windows: Windows = OF_COUNTS

    @property
    def sums(self) -> tuple[Sum, ...]:
        """The volume, the property's, and how many attempts could show it."""
        return (
            *VOLUME,
            *self._property(),
            Sum("known", (self.known or "attempts",), where=self.known_where),
            *self.extra,
        )

    def _property(self) -> tuple[Sum, ...]:
        if self.where is None:
            return tuple(add(f"{self.prefix}_{what}") for what in ("tokens", "requests", "cost_nano"))
        return (
            add(f"{self.prefix}_tokens", "prompt_tokens", "completion_tokens", where=self.where),
            add(f"{self.prefix}_requests", "attempts", where=self.where),
            add(f"{self.prefix}_cost_nano", "cost_nano", where=self.where),
        )

    @property
    def own(self) -> tuple[Column, ...]:
        """Nothing beside the sums."""
        return ()

    @property
    def across(self) -> tuple[Column, ...]:
        """The share of the chosen unit first, then all three, then what they are made of."""
        return (
            *((Column(self.value, "request_share"),) if self.value else ()),
            share_of_unit(),
            *VOLUME_COLUMNS,
            Column("token_share", part(f"{self.prefix}_tokens", "tokens")),
            # attempts on both sides: a retried request has a finish_reason of its own
            Column("request_share", part(f"{self.prefix}_requests", "n")),
            Column("cost_share", priced(part(f"{self.prefix}_cost_nano", "cost_nano"))),
            *property_columns(self.prefix),
            *self.more,
            *SAMPLE_COLUMNS,
            Column("known_share", part("known", "n")),
        )


@dataclass(frozen=True, slots=True)
class Figures(Plain):
    """Any figures of one group: ratios of sums and sums, written out, beside their volume.

    Attributes:
        extra: sums beside the volume.
        figures: the columns that answer.
        known: SQL of known_share.
        windows: how many windows an answer may have.
    """

    extra: tuple[Sum, ...]
    figures: tuple[Column, ...]
    known: str = "1."
    windows: Windows = OF_COUNTS

    @property
    def sums(self) -> tuple[Sum, ...]:
        """The volume and the sums of the figures."""
        return (*VOLUME, *self.extra)

    @property
    def own(self) -> tuple[Column, ...]:
        """Nothing beside the sums."""
        return ()

    @property
    def across(self) -> tuple[Column, ...]:
        """The figures, then the volume they describe."""
        return (*self.figures, *VOLUME_COLUMNS, *SAMPLE_COLUMNS, Column("known_share", self.known))
