"""Figures that were not set: what the study says, what came out, and whether the two are alike.

`like` is a reading of the study's words as a range, for this page alone; nothing is tested against it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from bench.state_of_ai.answers import Answers, Row
from bench.state_of_ai.settings import FIRST, LAST, TOTAL, WEEKS, at
from bench.state_of_ai.words import dollars, listed, percent, tokens


@dataclass(frozen=True, slots=True)
class Figure:
    """One published figure that no parameter was set from.

    Attributes:
        name: what it is.
        study: the study's id.
        published: what the study says.
        measured: returns the figure in words, and whether it is like what was published.
    """

    name: str
    study: str
    published: str
    measured: Callable[[Answers], tuple[str, bool]]


def _growth(market: Answers) -> tuple[str, bool]:
    rows = [row["tokens"] for row in market.rows("volume", **WEEKS)]
    grew = sum(after > before for before, after in zip(rows, rows[1:], strict=False))
    return f"{rows[-1] / rows[0]:.1f} times; {grew} of {len(rows) - 1} weeks grew", 10 <= rows[-1] / rows[0] <= 18


def _reasoning(market: Answers) -> tuple[str, bool]:
    rows = market.rows("reasoning-share", unit="tokens", **WEEKS)
    shares = [(day, at(rows, day)["share"]) for day in (FIRST, "2025-01-06", "2025-06-02", LAST)]
    return listed((day, percent(share)) for day, share in shares), shares[1][1] < 0.1 and shares[-1][1] > 0.5


def _top_reasoning(market: Answers) -> tuple[str, bool]:
    rows = market.rows("top-reasoning-models", by="model", top=5, bucket="1w", **{"from": f"{LAST}T00:00:00Z"})
    found = sorted((row for row in rows if row["model"] != "other"), key=lambda row: -row["share"])
    return listed((row["model"], percent(row["share"])) for row in found), found[0]["model"].startswith(
        "x-ai/grok-code"
    )


def _length(market: Answers) -> tuple[str, bool]:
    rows = market.rows("sequence-length", bucket="1w")
    first, last = rows[0]["total_mean"], rows[-1]["total_mean"]
    return f"{first:,.0f} to {last:,.0f}", first < 2000 and last > 5400


def _ratio(market: Answers) -> tuple[str, bool]:
    ratio = market.rows("input-output-ratio", bucket="1w")[-1]["ratio"]
    return f"{ratio:.1f} in the last week", 13 <= ratio <= 17


def _anthropic(market: Answers) -> tuple[str, bool]:
    rows = market.rows("programming-by-author", bucket="1w", by="author", unit="tokens", top=500)
    days = ("2025-05-05", "2025-08-04", "2025-11-17", LAST)
    shares = [at(rows, day, author="anthropic")["share"] for day in days]
    words = listed((day, percent(share)) for day, share in zip(days, shares, strict=True))
    return words, min(shares[:2]) > 0.6


def _by_source(metric: str, like: Callable[[Row, Row], bool]) -> Callable[[Answers], tuple[str, bool]]:
    def measured(market: Answers) -> tuple[str, bool]:
        rows = market.rows(metric, bucket="1w", by="source", unit="tokens", top=500)
        sides = []
        for day in ("2025-05-05", LAST):
            sides.append({row["source"]: row["share"] for row in rows if row["bucket"][:10] == day})
        words = "; ".join(
            f"{day}: " + listed((name, percent(share)) for name, share in sorted(side.items()))
            for day, side in zip(("2025-05-05", LAST), sides, strict=True)
        )
        return words, like(*sides)

    return measured


def _concentration(market: Answers) -> tuple[str, bool]:
    rows = market.rows("oss-concentration", unit="tokens", **WEEKS)
    early, late = at(rows, "2025-02-03"), at(rows, LAST)
    words = (
        f"top two {percent(early['top2_share'])} (2025-02-03); top one {percent(late['top1_share'])}, "
        f"{late['models_above_5pct']} models above 5 % ({LAST})"
    )
    return words, early["top2_share"] > 0.5 and late["top1_share"] < 0.25 and 5 <= late["models_above_5pct"] <= 7


def _oss_totals(market: Answers) -> tuple[str, bool]:
    rows, scale = market.rows("oss-tokens-by-author", by="author", top=10, **TOTAL), market.parameters["scale"]
    whole = sum(row["tokens"] for row in rows if row["author"] != "other") * scale
    return f"{tokens(whole)} of the ten largest", 0.8 <= whole / 33.8e12 <= 1.25


def _sizes(market: Answers) -> tuple[str, bool]:
    rows = market.rows("size-class-share", by="size_class", unit="tokens", **WEEKS)
    names, days = ("small", "medium", "large"), (FIRST, LAST)
    shares = {day: {name: at(rows, day, size_class=name).get("share", 0.0) for name in names} for day in days}
    words = "; ".join(
        f"{day}: " + listed((name, percent(share)) for name, share in shares[day].items()) for day in days
    )
    return words, shares[LAST]["small"] < shares[FIRST]["small"] and shares[LAST]["medium"] > shares[FIRST]["medium"]


def _median(market: Answers) -> tuple[str, bool]:
    (row,) = market.rows("median-price", by="category", bucket="all")
    words = f"{dollars(row['median_usd_per_1m'])} of categories, {dollars(row['token_weighted_median'])} by tokens"
    return words, 0.58 <= row["median_usd_per_1m"] <= 0.88


def _quadrants(market: Answers) -> tuple[str, bool]:
    rows = market.rows("price-quadrants", by="category", bucket="all")
    found = {row["category"]: row["quadrant"] for row in rows}
    words = "; ".join(
        f"{name}: {', '.join(sorted(each for each, its in found.items() if its == name))}"
        for name in sorted(set(found.values()))
    )
    published = {
        **dict.fromkeys(("technology", "science"), "premium-workload"),
        **dict.fromkeys(("programming", "roleplay"), "mass-market"),
        **dict.fromkeys(("finance", "academia", "health", "marketing"), "specialised-expert"),
        **dict.fromkeys(("translation", "legal", "trivia"), "niche-utility"),
    }
    same = sum(found.get(name) == its for name, its in published.items())
    return f"{same} of {len(published)} categories stand where the study puts them. {words}", same >= 9


def _slope(market: Answers) -> tuple[str, bool]:
    (row,) = market.rows("price-slope", bucket="all")
    words = (
        f"{row['slope']:.2f} (95 % {row['low']:.2f} to {row['high']:.2f}, {row['n_models']} models); on the "
        f"effective price {row['effective_slope']:.2f}"
    )
    return words, row["low"] <= -0.07 and row["high"] >= -0.05


def _dollars(market: Answers) -> tuple[str, bool]:
    rows = market.rows("token-share-by-source", by="source", unit="usd", **TOTAL)
    (share,) = [row["share"] for row in rows if row["source"] == "proprietary"]
    return f"{percent(share)} of USD", share > 0.5


def _abroad(market: Answers) -> tuple[str, bool]:
    (row,) = market.rows("coverage", bucket="all")
    return percent(row["non_us_share"]), row["non_us_share"] > 0.5


def _several(market: Answers) -> tuple[str, bool]:
    rows = market.rows("multi-homing", bucket="all")
    share: Any = rows[0]["multi_model_share"]
    return f"{percent(share)} of accounts used two models or more in all", share > 0.5


FIGURES: Final = (
    Figure("growth of the weekly volume, Nov 2024 to Nov 2025", "D-02", "about 0.5T to about 7T: 14 times", _growth),
    Figure("tokens on reasoning models", "A-01", "negligible early in 2025, > 50 % late", _reasoning),
    Figure("top reasoning model, last week", "A-02", "Grok Code Fast 1 first", _top_reasoning),
    Figure("mean sequence", "A-08", "< 2,000 to > 5,400", _length),
    Figure("prompt tokens per completion token", "A-10", "about 15", _ratio),
    Figure("Anthropic's part of programming", "C-02", "> 60 % until the week of 17 Nov 2025", _anthropic),
    Figure(
        "programming by source", "O-13", "proprietary the majority; western OSS ahead of Chinese late in 2025",
        _by_source("programming-by-source", lambda first, last: last["proprietary"] > 0.5
                   and last["row-oss"] > last["chinese-oss"]),
    ),
    Figure(
        "roleplay by source", "O-14", "closed about 70 % in May 2025; late: RoW OSS about 43 %, closed about 42 %",
        _by_source("roleplay-by-source", lambda first, last: first["proprietary"] > 0.6 and last["row-oss"] > 0.35),
    ),
    Figure(
        "concentration of open models", "O-08", "two models > 50 % at first; late none > 25 %, 5 to 7 with a share",
        _concentration,
    ),
    Figure("tokens of the ten largest OSS authors", "O-06", "33.80T", _oss_totals),
    Figure("open models by size", "O-09", "small falls, medium rises", _sizes),
    Figure("median price", "P-01", "$0.73 per million tokens", _median),
    Figure("quadrants of price and use", "P-01", "eleven categories named", _quadrants),
    Figure("slope of use over price across models", "P-02", "-10 % price with +0.5 to 0.7 %: about -0.05 to -0.07",
           _slope),
    Figure("closed models' part of spend", "X-07", "closed models dominate revenue", _dollars),
    Figure("tokens from outside the United States", "D-01", "> 50 %", _abroad),
    Figure("accounts that use several models", "X-01", "the norm", _several),
)  # fmt: skip


def rows(market: Answers) -> list[Row]:
    """Return every figure that was not set, with what came out."""
    found = []
    for figure in FIGURES:
        words, alike = figure.measured(market)
        known = {"figure": figure.name, "study": figure.study, "published": figure.published}
        found.append(known | {"measured": words, "emerged": alike})
    return found
