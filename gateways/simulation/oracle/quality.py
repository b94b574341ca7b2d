"""How much there is, and how far it can be trusted."""

from collections import Counter
from typing import Any

import numpy as np

from tokentide.gateways.simulation.oracle.frame import Frame, Mask, part
from tokentide.gateways.simulation.oracle.question import metric, question
from tokentide.gateways.simulation.places import COUNTRY_CODES
from tokentide.schemas.catalogue.catalogue import load


def answers(frame: Frame) -> dict[str, Any]:
    """Return the metrics of this group."""
    return {
        "coverage": metric(question([_coverage(frame)], bucket="all")),
        "data-quality": metric(
            question([_quality(frame)], bucket="all"),
            reading="of a store that holds this run alone; late depends on when it is replayed and is left out",
        ),
        "release-cadence": metric(
            question(_releases(), by="author"),
            reading="models of the catalogue with a release date, by author and calendar quarter",
        ),
    }


def _coverage(frame: Frame) -> dict[str, Any]:
    events = frame.events
    named, placed = events["account"][events["account"] >= 0], events["country"] >= 0
    abroad = placed & (events["country"] != COUNTRY_CODES.index("US"))
    return {
        "n": frame.rows,
        "requests": int(frame.requests.sum()),
        "tokens": int(frame.tokens.sum()),
        "cost_usd": int(frame.cost.sum()) / 1e9,
        "unpriced": int((~frame.priced).sum()),
        "models": len(np.unique(frame["model"].codes)),
        "authors": len(np.unique(frame["author"].codes)),
        "providers": len(np.unique(events["provider"])),
        "accounts": len(np.unique(named)),
        "countries": len(np.unique(events["country"][placed])),
        "languages": len(np.unique(events["language"][events["language"] >= 0])),
        "non_us_share": float(frame.tokens[abroad].sum() / frame.tokens[placed].sum()),
    }


def _quality(frame: Frame) -> dict[str, Any]:
    n, sampled = frame.rows, int(frame.sampled.sum())
    unmapped = frame["source"].codes == frame["source"].values.index("unknown")
    return {
        "received": n,
        "stored": n,
        "duplicates": 0,
        "conflicts": 0,
        "dead_letters": 0,
        "dropped": 0,
        "duplicate_rate": 0.0,
        "refused_rate": 0.0,
        "dropped_rate": 0.0,
        "unclassified_rate": part(int((frame.sampled & ~frame.classified).sum()), sampled),
        "unsampled_rate": (n - sampled) / n,
        "unmapped_model_rate": float(unmapped.sum()) / n,
        "unpriced_rate": float((~frame.priced).sum()) / n,
        "unlisted_rate": float(_unlisted(frame).sum()) / n,
    }


def _unlisted(frame: Frame) -> Mask:
    """Return which attempts have no list price at their time; the free variant always has one."""
    catalogue, never = load(), np.iinfo(np.int64).max
    first = [
        min((price.valid_from_ms for price in catalogue.prices(model.slug)), default=never) for model in frame.models
    ]
    without: Mask = (frame.events["time_ms"] < np.array(first)[frame.events["model"]]) & ~frame.events["free"]
    return without


def _releases() -> list[dict[str, Any]]:
    releases: Counter[tuple[str, str]] = Counter()
    open_: Counter[tuple[str, str]] = Counter()
    for model in load().models:
        if model.release_date is not None:
            quarter = f"{model.release_date.year}-Q{(model.release_date.month + 2) // 3}"
            releases[quarter, model.author] += 1
            open_[quarter, model.author] += model.open_weights is True
    so_far: Counter[str] = Counter()
    rows = []
    for quarter, author in sorted(releases):
        so_far[author] += releases[quarter, author]
        counts = {"releases": releases[quarter, author], "open_releases": open_[quarter, author]}
        rows.append({"quarter": quarter, "author": author} | counts | {"cumulative": so_far[author]})
    return rows
