"""What became of every parameter that was set: its measure through the pipeline, in words."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from bench.state_of_ai.answers import Answers, Row
from bench.state_of_ai.words import dollars, listed, percent, setting, tokens
from tokentide.gateways.simulation.published import FOUNDATIONAL, LOSERS, Setting

FULL: Final = {"from": "2024-11-04T00:00:00Z", "to": "2025-12-01T00:00:00Z"}
"""Whole weeks of full weight."""
FIRST: Final = "2024-11-04"
LAST: Final = "2025-11-24"
WEEKS: Final = {"bucket": "1w", **FULL}
TOTAL: Final = {"bucket": "all", **FULL}


def at(rows: list[Row], day: str, **keys: str) -> Row:
    """Return the row of a week; empty where there is none."""
    return next((row for row in rows if row["bucket"][:10] == day and keys.items() <= row.items()), {})


def _volume(market: Answers) -> str:
    rows, scale = market.rows("volume", **WEEKS), market.parameters["scale"]
    return listed((day, tokens(at(rows, day)["tokens"] * scale)) for day in (FIRST, "2025-02-03", "2025-09-01", LAST))


def _source(market: Answers, name: str) -> str:
    (row,) = [each for each in market.rows("source-share-summary", by="source", **FULL) if each["source"] == name]
    figures = (("mean of weeks", row["mean_share"]), ("least", row["min_share"]), ("most", row["max_share"]))
    return listed((word, percent(share)) for word, share in figures)


def _chinese_closed(market: Answers) -> str:
    closed = market.rows(
        "token-share-by-author", by="author", top=500, filter={"source": "proprietary", "author": _CHINESE}, **TOTAL
    )
    (every,) = market.rows("volume", **TOTAL)
    return percent(sum(row["tokens"] for row in closed) / every["tokens"])


_CHINESE: Final = ("deepseek", "qwen", "minimax", "z-ai", "moonshotai", "alibaba", "baidu", "bytedance", "tencent")


def _oss_authors(market: Answers) -> str:
    rows, scale = market.rows("oss-tokens-by-author", by="author", **TOTAL), market.parameters["scale"]
    return listed((row["author"], tokens(row["tokens"] * scale)) for row in rows if row["author"] != "other")


def _length(column: str) -> Callable[[Answers], str]:
    def measured(market: Answers) -> str:
        rows = market.rows("sequence-length", bucket="1w")
        return listed((row["bucket"][:10], f"{row[column]:,.0f}") for row in (rows[8], rows[61], rows[-1]))

    return measured


def _programming_prompt(market: Answers) -> str:
    rows = market.rows("length-by-category", bucket="1w", by="category", top=500)
    days = ("2025-05-05", LAST)
    found = [(day, at(rows, day, category="programming")["prompt_mean"]) for day in days]
    return listed((day, f"{value:,.0f}") for day, value in found)


def _programming(market: Answers) -> str:
    rows = market.rows("category-share", bucket="1w", by="category", unit="tokens", top=500)
    return listed((day, percent(at(rows, day, category="programming")["share"])) for day in ("2025-05-05", LAST))


def _sub_tags(market: Answers) -> str:
    rows = market.rows("category-sub-tags", bucket="all", by="sub_tag", unit="tokens")
    named = ("roleplay", "programming", "translation", "science", "health")
    found = [row for row in rows if row["category"] in named and row["share"] > 0.1]
    return listed((f"{row['category']}/{row['sub_tag']}", percent(row["share"])) for row in found)


def _shares(metric: str, by: str, unit: str = "tokens") -> Callable[[Answers], str]:
    def measured(market: Answers) -> str:
        rows = sorted(market.rows(metric, by=by, unit=unit, **TOTAL), key=lambda row: -row["share"])
        return listed((row[by], percent(row["share"])) for row in rows)

    return measured


def _asia(market: Answers) -> str:
    rows = market.rows("continent-share", by="continent", unit="usd", **WEEKS)
    return listed((f"{day} by USD", percent(at(rows, day, continent="Asia")["share"])) for day in (FIRST, LAST))


def cohort(market: Answers, model: str, month: str) -> list[Row]:
    """Return the complete offsets of one monthly cohort."""
    rows = market.rows("retention", by="model", filter={"model": model}, options={"period": "month"})
    return [row for row in rows if row["cohort"][:7] == month and row["complete"]]


def _cohorts(*named: tuple[str, str, int]) -> Callable[[Answers], str]:
    def measured(market: Answers) -> str:
        found = []
        for model, month, until in named:
            curve = [percent(row["retention"]) for row in cohort(market, model, month)[1 : until + 1]]
            found.append(f"{model} {month}: {', '.join(curve)} (months 1 to {len(curve)})")
        return "; ".join(found)

    return measured


def _flags(flag: str, *models: str) -> Callable[[Answers], str]:
    def measured(market: Answers) -> str:
        rows = market.rows("retention-flags", by="model", options={"period": "month"})
        verdicts = {row["model"]: row for row in rows if row["flag"] != "boomerang"}
        told = [f"{model} {verdicts[model]['flag']} ({(verdicts[model]['cohort'] or '')[:7]})" for model in models]
        return (
            f"{'; '.join(told)}; flagged {flag}: {sum(row['flag'] == flag for row in rows)} of {len(verdicts)} models"
        )

    return measured


def _cached(market: Answers) -> str:
    rows = market.rows("effective-price", by="model", top=500, **TOTAL)
    (price,) = [row["price_usd_per_1m"] for row in rows if row["model"] == "anthropic/claude-sonnet-4"]
    return f"Claude Sonnet 4 {dollars(price)} per million"


def _whale(market: Answers) -> str:
    rows = market.rows("tool-call-share-without-largest-account", bucket="1w")
    row = at(rows, "2025-05-12")
    return (
        f"week of 2025-05-12, tool-call tokens: {percent(row['share_with_largest'])} with the largest account, "
        f"{percent(row['share'])} without"
    )


MEASURED: Final[Mapping[str, Callable[[Answers], str]]] = {
    "tokens a week": _volume,
    "share of Chinese OSS": lambda market: _source(market, "chinese-oss"),
    "share of rest-of-world OSS": lambda market: _source(market, "row-oss"),
    "share of closed models of Chinese authors": _chinese_closed,
    "tokens by OSS author": _oss_authors,
    "mean prompt tokens": _length("prompt_mean"),
    "mean completion tokens": _length("completion_mean"),
    "mean prompt tokens of programming": _programming_prompt,
    "share of programming": _programming,
    "sub-tags within a category": _sub_tags,
    "tokens by country": _shares("country-share", "billing_country"),
    "tokens by continent": _shares("continent-share", "continent"),
    "share of Asia over time": _asia,
    "tokens by language": _shares("language-share", "language"),
    "retention of a foundational cohort at month 5": _cohorts(
        ("anthropic/claude-sonnet-4", "2025-05", 5),
        ("google/gemini-2.5-pro", "2025-06", 5),
        ("openai/gpt-4o-mini", "2024-07", 5),
    ),
    "foundational cohorts": _flags("foundational", *(model for model, _ in FOUNDATIONAL)),
    "models without a foundational cohort": _flags("none", *LOSERS),
    "boomerang cohorts": _cohorts(
        ("deepseek/deepseek-r1", "2025-04", 4), ("deepseek/deepseek-chat-v3-0324", "2025-07", 3)
    ),
    "cached part of prompts that use a cache": _cached,
    "one large account": _whale,
}
"""By the name of the setting."""


def rows(market: Answers, settings: Sequence[Setting]) -> list[Row]:
    """Return published, set and measured of every setting."""
    return [
        {
            "parameter": each.name,
            "study": each.study,
            "published": each.published,
            "set": setting(each.value),
            "measured": MEASURED[each.name](market),
        }
        for each in settings
    ]
