"""How much there is, and how far it can be trusted."""

from collections import Counter
from typing import Any

import numpy as np

from tokentide.gateways.simulation.oracle.frame import Frame
from tokentide.gateways.simulation.oracle.question import metric, question
from tokentide.schemas.catalogue.catalogue import load


def answers(frame: Frame) -> dict[str, Any]:
    """Return the metrics of this group."""
    return {
        "coverage": metric(question([_coverage(frame)], bucket="all")),
        "data-quality": metric(
            question([_quality(frame)], bucket="all"),
            reading="parts of attempts; nothing is late, twice or refused here",
        ),
        "release-cadence": metric(
            question(_releases(), by="author"),
            reading="models of the catalogue with a release date, by author and calendar quarter",
        ),
    }


def _coverage(frame: Frame) -> dict[str, Any]:
    events = frame.events
    named = events["account"][events["account"] >= 0]
    return {
        "n": frame.rows,
        "requests": int(frame.requests.sum()),
        "tokens": int(frame.tokens.sum()),
        "models": len(np.unique(frame["model"].codes)),
        "authors": len(np.unique(frame["author"].codes)),
        "providers": len(np.unique(events["provider"])),
        "accounts": len(np.unique(named)),
        "countries": len(np.unique(events["country"][events["country"] >= 0])),
    }


def _quality(frame: Frame) -> dict[str, Any]:
    events, n = frame.events, frame.rows
    unmapped = frame["source"].codes == frame["source"].values.index("unknown")
    return {
        "n": n,
        "unclassified_share": float((frame.sampled & ~frame.classified).sum()) / max(1, int(frame.sampled.sum())),
        "sampled_share": float(frame.sampled.sum()) / n,
        "unmapped_model_share": float(unmapped.sum()) / n,
        "unpriced_share": float((~frame.priced).sum()) / n,
        "without_account_share": float((events["account"] < 0).sum()) / n,
        "without_country_share": float((events["country"] < 0).sum()) / n,
        "without_language_share": float((events["language"] < 0).sum()) / n,
    }


def _releases() -> list[dict[str, Any]]:
    found = Counter(
        (model.author, f"{model.release_date.year}-Q{(model.release_date.month + 2) // 3}")
        for model in load().models
        if model.release_date is not None
    )
    return [
        {"author": author, "quarter": quarter, "models": count} for (author, quarter), count in sorted(found.items())
    ]
