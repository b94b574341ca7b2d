"""What tokens cost: effective prices of attempts with a reported cost that were not on a customer's own key."""

from typing import Any

import numpy as np

from tokentide.gateways.simulation.oracle.frame import Frame, Mask, Row, part, total
from tokentide.gateways.simulation.oracle.question import keyed, metric, question
from tokentide.gateways.simulation.oracle.shares import EVERYONE, summed, volume


def answers(frame: Frame) -> dict[str, Any]:
    """Return the metrics of this group."""
    models = _prices(frame, "model", "all")
    categories = _by_category(frame)
    return {
        "effective-price": metric(
            *(
                question(_prices(frame, by, bucket), bucket=bucket, by=by, top=EVERYONE)
                for bucket, by in (("all", "model"), ("all", "author"), ("all", "source"), ("1w", "source"))
            ),
            question(categories, bucket="all", by="category", top=EVERYONE),
        ),
        "median-price": metric(
            question([_median(models)], by="model", bucket="all"),
            question([_median(categories)], by="category", bucket="all"),
            reading="median of the effective prices above zero, each group once; the middle of two is their mean; "
            "token-weighted: the least price with half of those groups' priced tokens at or below it",
        ),
        "price-vs-usage": metric(
            question(_points(models, "model"), by="model", bucket="all"),
            question(_points(categories, "category"), by="category", bucket="all"),
            reading="x = effective price, y = tokens of all attempts",
        ),
        "price-quadrants": metric(
            question(_quadrants(models, "model"), by="model", bucket="all"),
            question(_quadrants(categories, "category"), by="category", bucket="all"),
            reading="groups with an effective price, zero included; cuts are the median price and the median volume "
            "of these groups; dear is above the cut, much used is at or above it",
        ),
        "price-archetypes": metric(
            question(_archetypes(models), by="model", bucket="all"),
            reading="models with an effective price, zero included; usage_rank is the part of them "
            "with no more tokens",
        ),
    }


def _paid(frame: Frame) -> Mask:
    paid: Mask = frame.priced & (frame.events["byok"] != 1)
    return paid


def _prices(frame: Frame, by: str, bucket: str) -> list[Row]:
    times, key, paid = frame.bucket(bucket), frame[by], _paid(frame)
    width, size = len(key.values), len(times.values) * len(key.values)
    group = times.codes * width + key.codes
    every, own = summed(frame, group, size), summed(frame, group, size, paid)
    byok = total(group, size, None, frame.events["byok"] == 1)
    rows = []
    for place in np.flatnonzero(every.n):
        time, code = divmod(int(place), width)
        row = keyed(times.values[time], **{by: key.values[code]})
        row |= {
            "price_usd_per_1m": part(int(own.cost[place]) / 1e3, own.tokens[place]),
            "priced_tokens": int(own.tokens[place]),
            "paid_cost_usd": int(own.cost[place]) / 1e9 if own.n[place] else None,
            "byok_requests": int(byok[place]),
        }
        rows.append(row | volume(every, int(place)))
    return rows


def _by_category(frame: Frame) -> list[Row]:
    key, where = frame["category"], frame.classified
    size = len(key.values)
    every, own = (summed(frame, key.codes, size, mask) for mask in (where, where & _paid(frame)))
    return [
        {
            "category": key.values[code],
            "price_usd_per_1m": part(int(own.cost[code]) / 1e3, own.tokens[code]),
            "priced_tokens": int(own.tokens[code]) * frame.weight,
            "paid_cost_usd": int(own.cost[code]) / 1e9 * frame.weight,
            "tokens": int(every.tokens[code]) * frame.weight,
            "n": int(every.n[code]),
        }
        for code in np.flatnonzero(every.n)
    ]


def _median(rows: list[Row]) -> Row:
    paid = sorted((row["price_usd_per_1m"], row["priced_tokens"]) for row in rows if row["price_usd_per_1m"])
    tokens = np.cumsum([tokens for _, tokens in paid])
    half = int(np.searchsorted(tokens, tokens[-1] / 2)) if paid else 0
    return {
        "median_usd_per_1m": float(np.median([price for price, _ in paid])) if paid else None,
        "token_weighted_median": paid[half][0] if paid else None,
        "groups": len(paid),
    }


def _points(rows: list[Row], by: str) -> list[Row]:
    return [{name: row[name] for name in (by, "price_usd_per_1m", "tokens")} for row in rows]


def _quadrants(rows: list[Row], by: str) -> list[Row]:
    known = [row for row in rows if row["price_usd_per_1m"] is not None]
    price_cut, usage_cut = (float(np.median([row[name] for row in known])) for name in ("price_usd_per_1m", "tokens"))
    words = (("niche-utility", "mass-market"), ("specialised-expert", "premium-workload"))
    return [
        {
            by: row[by],
            "price_usd_per_1m": row["price_usd_per_1m"],
            "tokens": row["tokens"],
            "price_cut": price_cut,
            "usage_cut": usage_cut,
            "quadrant": words[row["price_usd_per_1m"] > price_cut][row["tokens"] >= usage_cut],
        }
        for row in known
    ]


def _archetypes(rows: list[Row]) -> list[Row]:
    known = [row for row in rows if row["price_usd_per_1m"] is not None]
    found = []
    for row in known:
        price, rank = row["price_usd_per_1m"], sum(each["tokens"] <= row["tokens"] for each in known) / len(known)
        figures = {"price_usd_per_1m": price, "tokens": row["tokens"], "usage_rank": rank}
        found.append({"model": row["model"]} | figures | {"archetype": _archetype(price, rank)})
    return found


def _archetype(price: float, rank: float) -> str:
    if rank >= 0.75 and price < 0.40:
        return "efficient-giant"
    if rank >= 0.75 and 1 <= price < 10:
        return "premium-leader"
    if rank <= 0.25 and price < 0.40:
        return "long-tail"
    return "premium-specialist" if rank < 0.75 and price >= 20 else "none"
