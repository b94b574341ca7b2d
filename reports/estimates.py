"""Figures of a sample: classified requests, each with the weight of its known sampling rate.

Stored weights are millionths; sums come as additive integers, shares are computed in SQL, intervals in
`reports/statistics` from the sums that SQL returns beside them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from tokentide.reports.formulas import (
    OF_COUNTS,
    Column,
    Kind,
    Ranked,
    Row,
    Sum,
    Unit,
    Windows,
    add,
    part,
    share_of_unit,
)
from tokentide.reports.statistics.estimate import Estimate
from tokentide.reports.statistics.ratio import Pair, Sampled, ratio, share

_MICRO: Final = 1e6


def _weighted(name: str, measure: str) -> Sum:
    return Sum(name, (measure,), Kind.SQUARE)


SAMPLE: Final = (
    add("n"),
    add("priced_n"),
    _weighted("requests", "w"),
    _weighted("tokens", "wt"),
    _weighted("cost_nano", "wc"),
    _weighted("w2", "w2"),
)
"""What an answer about a sample sums; weighted in millionths, by the names a ranking uses."""

_COST: Final = "if(measured.priced_n > 0, toFloat64(measured.cost_nano) / 1e15, NULL)"
_VOLUME_COLUMNS: Final = (
    Column("tokens", "toFloat64(measured.tokens) / 1e6"),
    Column("requests", "toFloat64(measured.requests) / 1e6"),
    Column("cost_usd", _COST),
)
_N_EFF: Final = part("pow(toFloat64(measured.requests), 2)", "toFloat64(measured.w2)")
_SIZE_COLUMNS: Final = (Column("n", "measured.n"), Column("n_eff", _N_EFF))
_INTERVAL: Final = ("low", "high", "interval")


def census(weights: Sequence[float], squares: Sequence[float]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Tell where nothing was left to chance: every weight is one."""
    whole = np.asarray(weights, dtype=float) * _MICRO
    sure: np.ndarray[Any, np.dtype[np.bool_]] = np.isclose(whole, np.asarray(squares, dtype=float), rtol=1e-12)
    return sure


def kinds(rows: Sequence[Mapping[str, Any]], weights: str, squares: str) -> list[str]:
    """Return how to read each row's interval: by design, or a lower bound on uncertainty."""
    sure = census(_column(rows, weights), _column(rows, squares))
    return ["design" if each else "lower_bound" for each in sure]


def _column(rows: Sequence[Mapping[str, Any]], name: str) -> list[float]:
    return [float(row[name] or 0) for row in rows]


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


@dataclass(frozen=True, slots=True)
class EstimatedShare(Ranked):
    """Each group's part of what was classified, in three units, with the interval of the unit asked for."""

    windows: Windows = OF_COUNTS

    @property
    def sums(self) -> tuple[Sum, ...]:
        """The sample's volume and the squares of its three amounts."""
        squares = (_weighted(name, name) for name in ("w2tt", "wtt", "w2cc", "wcc"))
        return (*SAMPLE, *squares)

    @property
    def own(self) -> tuple[Column, ...]:
        """The three sums of the unit asked for, of one group."""
        by_unit = {
            "total": ("cost_nano", "requests", "tokens"),
            "square": ("w2cc", "w2", "w2tt"),
            "linear": ("wcc", "requests", "wtt"),
        }
        return tuple(Column(f"u_{name}", _of_unit(*sums)) for name, sums in by_unit.items())

    @property
    def across(self) -> tuple[Column, ...]:
        """The shares, the sample's size, then what the interval is computed from."""
        hidden = [Column(f"u_{name}", f"u_{name}", shown=False) for name in ("total", "square", "linear")]
        whole = [
            Column(f"all_{name}", f"sum(u_{name}) OVER at_time", shown=False)
            for name in ("total", "square", "linear")
        ]
        return (
            share_of_unit(),
            *_VOLUME_COLUMNS,
            Column("token_share", part("toFloat64(measured.tokens)", "sum(toFloat64(measured.tokens)) OVER at_time")),
            Column(
                "request_share",
                part("toFloat64(measured.requests)", "sum(toFloat64(measured.requests)) OVER at_time"),
            ),
            Column("cost_share", f"if(measured.priced_n > 0, {_part_of_cost()}, NULL)"),
            *_SIZE_COLUMNS,
            *hidden,
            *whole,
            Column("all_n", "sum(measured.n) OVER at_time", shown=False),
            Column("all_w", "sum(toFloat64(measured.requests)) OVER at_time", shown=False),
            Column("all_w2", "sum(toFloat64(measured.w2)) OVER at_time", shown=False),
        )

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the answer's columns, in order."""
        return (*(column.name for column in self.across if column.shown), *_INTERVAL)

    def refine(self, rows: Sequence[Mapping[str, Any]], unit: Unit) -> list[Row]:
        """Add the interval of each share."""
        if not rows:
            return []
        group = _sampled(rows, "n", "u_total", "u_square", "u_linear")
        whole = _sampled(rows, "all_n", "all_total", "all_square", "all_linear")
        return _with_interval(rows, self.across, share(group, whole), kinds(rows, "all_w", "all_w2"))


def _of_unit(usd: str, requests: str, tokens: str) -> str:
    return (
        f"multiIf({{unit:String}} = 'usd', toFloat64({usd}), "
        f"{{unit:String}} = 'requests', toFloat64({requests}), toFloat64({tokens}))"
    )


def _part_of_cost() -> str:
    return part("toFloat64(measured.cost_nano)", "sum(toFloat64(measured.cost_nano)) OVER at_time")


def _sampled(rows: Sequence[Mapping[str, Any]], *names: str) -> Sampled:
    n, total, square, linear = (np.array(_column(rows, name)) for name in names)
    return Sampled.of_micro(n, total, square, linear)


def _with_interval(
    rows: Sequence[Mapping[str, Any]], across: Sequence[Column], estimate: Estimate, read_as: Sequence[str]
) -> list[Row]:
    hidden = {column.name for column in across if not column.shown}
    return [
        {name: value for name, value in row.items() if name not in hidden}
        | {"low": _number(low), "high": _number(high), "interval": kind}
        for row, low, high, kind in zip(rows, estimate.low, estimate.high, read_as, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class AnyLabel(Ranked):
    """How many of the sampled requests carry a label of a group, whatever their primary label is.

    `prefix` names the columns: `any` of categories, `any_bucket` of the nine buckets.
    """

    prefix: str
    windows: Windows = OF_COUNTS

    @property
    def sums(self) -> tuple[Sum, ...]:
        """The sample's volume, and the volume by any label."""
        return (
            *SAMPLE,
            add("any_n", f"{self.prefix}_n"),
            *(_weighted(f"any_{name}", f"{self.prefix}_{name}") for name in ("w", "wt", "w2")),
        )

    @property
    def own(self) -> tuple[Column, ...]:
        """Nothing beside the sums."""
        return ()

    @property
    def across(self) -> tuple[Column, ...]:
        """The rates, the sample's size, then what the interval is computed from."""
        every = "sum(toFloat64(measured.requests)) OVER at_time"
        return (
            Column("rate", part("toFloat64(measured.any_w)", every)),
            Column("token_rate", part("toFloat64(measured.any_wt)", "sum(toFloat64(measured.tokens)) OVER at_time")),
            Column("n", "measured.any_n"),
            Column("n_eff", part("pow(toFloat64(measured.any_w), 2)", "toFloat64(measured.any_w2)")),
            Column("u_total", "toFloat64(measured.any_w)", shown=False),
            Column("u_square", "toFloat64(measured.any_w2)", shown=False),
            Column("all_n", "sum(measured.n) OVER at_time", shown=False),
            Column("all_w", every, shown=False),
            Column("all_w2", "sum(toFloat64(measured.w2)) OVER at_time", shown=False),
        )

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the answer's columns, in order."""
        return (*(column.name for column in self.across if column.shown), *_INTERVAL)

    def refine(self, rows: Sequence[Mapping[str, Any]], unit: Unit) -> list[Row]:
        """Leave out groups no request has, and add the interval of each rate."""
        kept = [row for row in rows if row["n"] > 0]
        if not kept:
            return []
        group = _sampled(kept, "n", "u_total", "u_square", "u_total")
        whole = _sampled(kept, "all_n", "all_w", "all_w2", "all_w")
        return _with_interval(kept, self.across, share(group, whole), kinds(kept, "all_w", "all_w2"))


_LENGTHS: Final = {"prompt": "p", "completion": "o", "total": "t"}


@dataclass(frozen=True, slots=True)
class EstimatedMeans(Ranked):
    """Mean lengths of sampled requests by group, each with its interval."""

    windows: Windows = OF_COUNTS

    @property
    def sums(self) -> tuple[Sum, ...]:
        """The sample's volume, and the sums of each length; those of all tokens are `tokens`."""
        names = ("wp", "w2p", "w2pp", "wo", "w2o", "w2oo", "w2t", "w2tt")
        return (*SAMPLE, *(_weighted(name, name) for name in names))

    @property
    def own(self) -> tuple[Column, ...]:
        """Nothing beside the sums."""
        return ()

    @property
    def across(self) -> tuple[Column, ...]:
        """The means, the volume they describe, then the sums the intervals are computed from."""
        means = [
            Column(f"{name}_mean", part(_mean_of(letter), "toFloat64(measured.requests)"))
            for name, letter in _LENGTHS.items()
        ]
        everyone = part("sum(toFloat64(measured.wp)) OVER at_time", "sum(toFloat64(measured.requests)) OVER at_time")
        raw = ("wp", "w2p", "w2pp", "wo", "w2o", "w2oo", "w2t", "w2tt")
        return (
            *means,
            Column("prompt_ratio", part("prompt_mean", f"({everyone})")),
            *_VOLUME_COLUMNS,
            *_SIZE_COLUMNS,
            *(Column(f"raw_{name}", f"toFloat64(measured.{name})", shown=False) for name in raw),
            Column("raw_wt", "toFloat64(measured.tokens)", shown=False),
            Column("raw_w", "toFloat64(measured.requests)", shown=False),
            Column("raw_w2", "toFloat64(measured.w2)", shown=False),
        )

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the answer's columns, in order."""
        means = (f"{name}_{what}" for name in _LENGTHS for what in ("mean", "low", "high"))
        volume = (column.name for column in (*_VOLUME_COLUMNS, *_SIZE_COLUMNS))
        return (*means, "prompt_ratio", *volume, "interval", "total_interval")

    def refine(self, rows: Sequence[Mapping[str, Any]], unit: Unit) -> list[Row]:
        """Add the interval of each mean."""
        if not rows:
            return []
        ends = {name: ratio(_lengths(rows, letter)) for name, letter in _LENGTHS.items()}
        read_as = kinds(rows, "raw_w", "raw_w2")
        return [self._row(row, ends, place, read_as[place]) for place, row in enumerate(rows)]

    def _row(self, row: Mapping[str, Any], ends: Mapping[str, Estimate], place: int, read_as: str) -> Row:
        found: Row = dict(row) | {"interval": read_as, "total_interval": read_as}
        for name, estimate in ends.items():
            found[f"{name}_low"] = _number(estimate.low[place])
            found[f"{name}_high"] = _number(estimate.high[place])
        keys = {name: found[name] for name in row if not name.startswith("raw_") and name not in self.columns}
        return keys | {name: found[name] for name in self.columns}


def _mean_of(letter: str) -> str:
    return "toFloat64(measured.tokens)" if letter == "t" else f"toFloat64(measured.w{letter})"


def _lengths(rows: Sequence[Mapping[str, Any]], letter: str) -> Pair:
    """Return the sums of one length over the sampled requests.

    The sum of w x² is not stored for prompt and completion; by the weights' own ratio it is exact wherever
    a group was sampled at one rate.
    """
    w, w2, y, wy2, yy = (
        np.array(_column(rows, f"raw_{name}")) for name in ("w", "w2", f"w{letter}", f"w2{letter}", f"w2{letter * 2}")
    )
    n = np.array(_column(rows, "n"))
    sure_yy = yy * np.divide(y, wy2, out=np.zeros_like(y), where=wy2 > 0) * _MICRO
    square = _MICRO**2
    sure = (sure_yy / square, y / _MICRO, w / _MICRO)
    return Pair(n, y / _MICRO, w / _MICRO, yy / square, wy2 / square, w2 / square, sure)


@dataclass(frozen=True, slots=True)
class EstimatedPrice(Ranked):
    """What the tokens of sampled requests cost, by group: those with a cost, not on a customer's own key.

    Products of cost and tokens are not stored. Neither is negative, so leaving their product out makes the
    variance too large, never too small: the interval by request covers at least as often as it says.
    """

    windows: Windows = OF_COUNTS

    @property
    def sums(self) -> tuple[Sum, ...]:
        """The sample's volume, what was paid for how many tokens, and the squares of all cost and tokens."""
        names = ("wc_paid", "wt_priced_paid", "w2cc", "wcc", "w2tt", "wtt")
        return (*SAMPLE, add("paid_n"), *(_weighted(name, name) for name in names))

    @property
    def own(self) -> tuple[Column, ...]:
        """Nothing beside the sums."""
        return ()

    @property
    def across(self) -> tuple[Column, ...]:
        """The price, what it is made of, and the volume."""
        paid, tokens = "toFloat64(measured.wc_paid)", "toFloat64(measured.wt_priced_paid)"
        return (
            Column("price_usd_per_1m", part(f"{paid} / 1e3", tokens)),
            Column("priced_tokens", f"{tokens} / 1e6"),
            Column("paid_cost_usd", f"if({tokens} > 0, {paid} / 1e15, NULL)"),
            *_VOLUME_COLUMNS,
            *_SIZE_COLUMNS,
            *(
                Column(f"raw_{name}", f"toFloat64(measured.{name})", shown=False)
                for name in ("paid_n", "wc_paid", "wt_priced_paid", "w2cc", "wcc", "w2tt", "wtt", "requests", "w2")
            ),
        )

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the answer's columns, in order."""
        return (*(column.name for column in self.across if column.shown), *_INTERVAL)

    def refine(self, rows: Sequence[Mapping[str, Any]], unit: Unit) -> list[Row]:
        """Add the interval of each price."""
        if not rows:
            return []
        sure = census(_column(rows, "raw_requests"), _column(rows, "raw_w2"))
        found = ratio(_prices(rows))
        # where everything was classified the price is the price
        low, high = (np.where(sure, found.value, end) / 1e3 for end in (found.low, found.high))
        return [
            {name: value for name, value in row.items() if not name.startswith("raw_")}
            | {
                "low": _number(low[place]),
                "high": _number(high[place]),
                "interval": "design" if sure[place] else "upper_bound",
            }
            for place, row in enumerate(rows)
        ]


def _prices(rows: Sequence[Mapping[str, Any]]) -> Pair:
    """Return the sums of cost and tokens over the sampled requests, without their product."""
    n, y, x, yy, sure_yy, xx, sure_xx = (
        np.array(_column(rows, f"raw_{name}"))
        for name in ("paid_n", "wc_paid", "wt_priced_paid", "w2cc", "wcc", "w2tt", "wtt")
    )
    none, square = np.zeros_like(n), _MICRO**2
    sure = (sure_yy / _MICRO, none, sure_xx / _MICRO)
    return Pair(n, y / _MICRO, x / _MICRO, yy / square, none, xx / square, sure)
