"""Compositions: each group's part of everything, in tokens, requests and USD."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

import numpy as np

from tokentide.gateways.simulation.columns import Column
from tokentide.gateways.simulation.oracle.frame import Coded, Frame, Mask, Row, part, size, total
from tokentide.gateways.simulation.oracle.question import keyed, metric, question
from tokentide.schemas.catalogue.catalogue import load

EVERYONE: Final = 500
"""A top N that folds nobody: the market has fewer models."""
UNITS: Final = {"tokens": "token_share", "requests": "request_share", "usd": "cost_share"}


class Sums(NamedTuple):
    """Sums by group, in the order of its codes."""

    n: Column
    requests: Column
    tokens: Column
    cost: Column
    unpriced: Column


def summed(frame: Frame, codes: Column, size: int, where: Mask | None = None) -> Sums:
    """Return the volume of each group."""
    return Sums(
        total(codes, size, None, where),
        total(codes, size, frame.requests, where),
        total(codes, size, frame.tokens, where),
        total(codes, size, frame.cost, where),
        total(codes, size, (~frame.priced).astype(np.int64), where),
    )


def volume(sums: Sums, place: int) -> Row:
    """Return the columns that say how much one group is."""
    n, unpriced = int(sums.n[place]), int(sums.unpriced[place])
    return {
        "tokens": int(sums.tokens[place]),
        "requests": int(sums.requests[place]),
        "cost_usd": int(sums.cost[place]) / 1e9 if n > unpriced else None,
        "n": n,
        "unpriced": unpriced,
    }


def folded(frame: Frame, key: Coded, top: int | None, unit: str, where: Mask) -> Coded:
    """Return the dimension with all but its `top` largest groups of the whole period as `other`."""
    if top is None or len(key.values) <= top:
        return key
    sums = summed(frame, key.codes, len(key.values), where)
    rank = {"tokens": sums.tokens, "requests": sums.requests, "usd": sums.cost}[unit]
    names = sorted(range(len(key.values)), key=lambda code: (-int(rank[code]), key.values[code]))
    kept = [code for code in names[:top] if sums.n[code]]
    values = (*(key.values[code] for code in kept), "other")
    place = np.full(len(key.values), len(kept))
    place[kept] = np.arange(len(kept))
    return Coded(values, place[key.codes])


def composition(
    frame: Frame,
    by: str,
    where: Mask | None = None,
    *,
    bucket: str = "1w",
    unit: str = "tokens",
    top: int | None = None,
) -> list[Row]:
    """Return each group's share within each bucket; shares are of what `where` keeps."""
    mask = np.ones(frame.rows, bool) if where is None else where
    times, key = frame.bucket(bucket), folded(frame, frame[by], top, unit, mask)
    width = len(key.values)
    sums = summed(frame, times.codes * width + key.codes, len(times.values) * width, mask)
    whole = summed(frame, times.codes, len(times.values), mask)
    rows = []
    for place in np.flatnonzero(sums.n):
        time, group = divmod(int(place), width)
        shares = {
            "token_share": part(sums.tokens[place], whole.tokens[time]),
            # attempts with attempt = 1 on both sides
            "request_share": part(sums.requests[place], whole.requests[time]),
            "cost_share": part(sums.cost[place], whole.cost[time]) if sums.n[place] > sums.unpriced[place] else None,
        }
        row = keyed(times.values[time], **{by: key.values[group]})
        rows.append(row | {"share": shares[UNITS[unit]]} | shares | volume(sums, int(place)))
    return rows


def answers(frame: Frame) -> dict[str, Any]:
    """Return the metrics of this group."""
    open_ = _is(frame, "open", "yes")
    reasoning = _is(frame, "reasoning", "yes")
    return {
        "token-share-by-author": metric(*_asked(frame, "author", None, 20)),
        "token-share-by-source": metric(*_asked(frame, "source", None, None)),
        "oss-tokens-by-author": metric(*_asked(frame, "author", open_, 10)),
        "oss-top-models": metric(*_asked(frame, "model", open_, 15)),
        "size-class-share": metric(
            *_asked(frame, "size_class", open_, None), *_asked(frame, "active_size_class", open_, None)
        ),
        "top-reasoning-models": metric(*_asked(frame, "model", reasoning, 10)),
        "continent-share": metric(*_asked(frame, "continent", frame.events["country"] >= 0, None)),
        "country-share": metric(*_asked(frame, "billing_country", frame.events["country"] >= 0, 10)),
        "language-share": metric(*_asked(frame, "language", frame.events["language"] >= 0, 5)),
        "source-share-summary": _summary(frame),
        "oss-concentration": _concentration(frame, open_),
        "active-models-by-size": _active(frame, open_),
    }


def _is(frame: Frame, name: str, value: str) -> Mask:
    found = frame[name]
    if value not in found.values:
        return np.zeros(frame.rows, bool)
    mask: Mask = found.codes == found.values.index(value)
    return mask


def _asked(frame: Frame, by: str, where: Mask | None, top: int | None) -> list[dict[str, Any]]:
    return [
        question(
            composition(frame, by, where, bucket=bucket, unit=unit, top=top), bucket=bucket, by=by, unit=unit, top=top
        )
        for bucket, unit in (("1w", "tokens"), ("all", "tokens"), ("all", "requests"), ("all", "usd"))
    ]


def _summary(frame: Frame) -> dict[str, Any]:
    weekly = composition(frame, "source", bucket="1w")
    weeks = len(frame.bucket("1w").values)
    rows = []
    for row in composition(frame, "source", bucket="all"):
        shares = [week["share"] for week in weekly if week["source"] == row["source"]]
        shares += [0.0] * (weeks - len(shares))
        extremes = {"mean_share": float(np.mean(shares)), "min_share": min(shares), "max_share": max(shares)}
        rows.append({"source": row["source"], "share": row["share"], "tokens": row["tokens"]} | extremes)
    return metric(
        question(rows, bucket="all", by="source", unit="tokens"),
        reading="mean, least and greatest over all ISO weeks of the run, a week without the group being 0; "
        "share is of the whole period",
    )


def _concentration(frame: Frame, open_: Mask) -> dict[str, Any]:
    found = []
    for bucket in ("1w", "all"):
        by_time: dict[str, list[float]] = {}
        for row in composition(frame, "model", open_, bucket=bucket):
            by_time.setdefault(row.get("bucket", ""), []).append(float(row["token_share"] or 0))
        rows = [keyed(time) | _concentrated(shares) for time, shares in by_time.items()]
        found.append(question(rows, bucket=bucket, unit="tokens"))
    return metric(
        *found, reading="models with open weights, shares of their tokens; a free variant is the same model"
    )


def _concentrated(shares: list[float]) -> Row:
    ranked = sorted(shares, reverse=True)
    hhi = sum(share**2 for share in ranked)
    return {
        "top1_share": ranked[0],
        "top2_share": sum(ranked[:2]),
        "hhi": hhi,
        "effective_models": 1 / hhi,
        "models_above_5pct": sum(share > 0.05 for share in ranked),
        "models": len(ranked),
    }


def _active(frame: Frame, open_: Mask) -> dict[str, Any]:
    found = []
    for bucket, by in (("1w", "size_class"), ("all", "size_class"), ("all", "active_size_class")):
        times, key, model = frame.bucket(bucket), frame[by], frame["model"]
        width = len(key.values)
        group = times.codes * width + key.codes
        pairs = np.unique(group[open_] * len(model.values) + model.codes[open_])
        counts = np.bincount(pairs // len(model.values), minlength=len(times.values) * width)
        rows = []
        for time, name in enumerate(times.values):
            used = {value: int(count) for value, count in zip(key.values, counts[time * width :], strict=False)}
            # like any metric, none in a bucket without traffic of its population
            offered = _on_offer(frame, by, name) if any(used.values()) else Counter[str]()
            rows += [
                keyed(name, **{by: value}) | {"models": used.get(value, 0), "available": offered[value]}
                for value in sorted({*offered, *(value for value, count in used.items() if count)})
            ]
        found.append(question(rows, bucket=bucket, by=by))
    return metric(
        *found,
        reading="distinct models with open weights that have at least one attempt in the bucket (models), and those "
        "the catalogue had released before the end of the bucket and of the run (available); a class has a row if it "
        "has either, in buckets with any open model in use",
    )


def _on_offer(frame: Frame, by: str, bucket: str) -> Counter[str]:
    """Return how many open models each class had before the end of a week; without a name of the run."""
    last = datetime.fromtimestamp(int(frame.events["time_ms"].max()) / 1000, UTC)
    end = min(last, datetime.fromisoformat(bucket) + timedelta(days=7, microseconds=-1)) if bucket else last
    return Counter(
        size(facts.params_total_b if by == "size_class" else facts.params_active_b)
        for facts in load().models
        if facts.open_weights and facts.release_date is not None and facts.release_date <= end.date()
    )
