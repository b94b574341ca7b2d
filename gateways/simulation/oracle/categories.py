"""What models are used for: weighted sums over classified requests."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tokentide.gateways.simulation.columns import Column
from tokentide.gateways.simulation.oracle.frame import Coded, Frame, Mask, Row, part, total
from tokentide.gateways.simulation.oracle.question import keyed, metric, question
from tokentide.gateways.simulation.oracle.shares import EVERYONE, UNITS, Sums, summed

_LENGTHS = ("prompt", "completion", "total")


def mix(
    frame: Frame, by: str, where: Mask, *, bucket: str, unit: str = "tokens", within: str | None = None
) -> list[Row]:
    """Return each group's weighted share of classified requests within bucket (and within a part)."""
    times = frame.bucket(bucket)
    parts = frame[within] if within else Coded(("",), np.zeros(frame.rows, np.int64))
    key = frame[by]
    outer = times.codes * len(parts.values) + parts.codes
    width, size = len(key.values), len(times.values) * len(parts.values)
    sums = summed(frame, outer * width + key.codes, size * width, where)
    whole = summed(frame, outer, size, where)
    rows = []
    for place in np.flatnonzero(sums.n):
        around, group = divmod(int(place), width)
        time, about = divmod(around, len(parts.values))
        names = ({within: parts.values[about]} if within else {}) | {by: key.values[group]}
        shares = {
            "token_share": part(sums.tokens[place], whole.tokens[around]),
            "request_share": part(sums.n[place], whole.n[around]),
            "cost_share": part(sums.cost[place], whole.cost[around])
            if sums.n[place] > sums.unpriced[place]
            else None,
        }
        row = keyed(times.values[time], **names) | {"share": shares[UNITS[unit]]} | shares
        rows.append(row | _weighted(sums, int(place), frame.weight))
    return rows


def _weighted(sums: Sums, place: int, weight: float) -> Row:
    n = int(sums.n[place])
    return {
        "tokens": int(sums.tokens[place]) * weight,
        "requests": n * weight,
        "cost_usd": int(sums.cost[place]) / 1e9 * weight if n > sums.unpriced[place] else None,
        "n": n,
        # one rate for all: (sum w)^2 / sum w^2 is their number
        "n_eff": float(n),
    }


def answers(frame: Frame) -> dict[str, Any]:
    """Return the metrics of this group."""
    sure = frame.classified
    groups = {
        "oss-category-mix": _of(frame, "open", "yes"),
        "chinese-oss-category-mix": _of(frame, "source", "chinese-oss"),
    }
    programming, roleplay = (_of(frame, "category", name) for name in ("programming", "roleplay"))
    return {
        "category-share": metric(
            *_asked(frame, ("category", "bucket_category"), sure), reading="without unclassified, `others` kept"
        ),
        **{name: metric(*_asked(frame, ("category",), sure & mask)) for name, mask in groups.items()},
        "programming-by-source": metric(*_asked(frame, ("source",), sure & programming)),
        "roleplay-by-source": metric(*_asked(frame, ("source",), sure & roleplay)),
        "programming-by-author": metric(*_asked(frame, ("author",), sure & programming)),
        "category-sub-tags": metric(
            question(mix(frame, "sub_tag", sure, bucket="all", within="category"), bucket="all", by="sub_tag",
                     unit="tokens"),
            reading="a sub-tag is the last segment of the primary label's path",
        ),
        "author-profile": metric(
            question(mix(frame, "category", sure, bucket="all", within="author"), bucket="all", by="category",
                     unit="tokens", top=EVERYONE),
            question(mix(frame, "category", sure, bucket="1w", within="author"), bucket="1w", by="category",
                     unit="tokens", top=EVERYONE),
        ),
        "any-label-rate": _any_label(frame),
        "length-by-category": metric(
            *(question(_lengths(frame, sure, bucket, "category"), bucket=bucket, by="category", top=EVERYONE)
              for bucket in ("1w", "all"))
        ),
        "author-specialisation": _specialisation(frame, sure),
    }  # fmt: skip


def _of(frame: Frame, name: str, value: str) -> Mask:
    found = frame[name]
    if value not in found.values:
        return np.zeros(frame.rows, bool)
    mask: Mask = found.codes == found.values.index(value)
    return mask


def _asked(frame: Frame, by: Sequence[str], where: Mask) -> list[dict[str, Any]]:
    return [
        question(mix(frame, name, where, bucket=bucket, unit=unit), bucket=bucket, by=name, unit=unit, top=EVERYONE)
        for name in by
        for bucket, unit in (("1w", "tokens"), ("all", "tokens"), ("all", "requests"), ("all", "usd"))
    ]


def _any_label(frame: Frame) -> dict[str, Any]:
    found = []
    for bucket in ("1w", "all"):
        times = frame.bucket(bucket)
        size = len(times.values)
        whole, tokens = (total(times.codes, size, value, frame.sampled) for value in (None, frame.tokens))
        values, masks = frame.any_label(0)
        rows = []
        for value, mask in zip(values, masks, strict=True):
            own, own_tokens = (total(times.codes, size, column, mask) for column in (None, frame.tokens))
            rows += [
                keyed(times.values[place], category=value)
                | {"rate": part(own[place], whole[place]), "token_rate": part(own_tokens[place], tokens[place])}
                | {"n": int(own[place]), "n_eff": float(own[place])}
                for place in np.flatnonzero(own)
            ]
        found.append(question(rows, bucket=bucket, by="category", unit="requests"))
    return metric(*found)


def _lengths(frame: Frame, where: Mask, bucket: str, by: str) -> list[Row]:
    times, key = frame.bucket(bucket), frame[by]
    width, size = len(key.values), len(times.values) * len(key.values)
    group = times.codes * width + key.codes
    sums = summed(frame, group, size, where)
    columns: dict[str, Column] = {
        "prompt": frame.events["prompt"], "completion": frame.events["completion"], "total": frame.tokens,
    }  # fmt: skip
    means = {name: total(group, size, values, where) for name, values in columns.items()}
    # every request that was looked at, sure or not, within the same filters
    prompts, n = (total(times.codes, len(times.values), value, where) for value in (columns["prompt"], None))
    rows = []
    for place in np.flatnonzero(sums.n):
        time, code = divmod(int(place), width)
        row = keyed(times.values[time], **{by: key.values[code]})
        row |= {f"{name}_mean": part(means[name][place], sums.n[place]) for name in _LENGTHS}
        everyone = float(prompts[time]) / float(n[time])
        rows.append(row | {"prompt_ratio": row["prompt_mean"] / everyone} | _weighted(sums, int(place), frame.weight))
    return rows


def _specialisation(frame: Frame, where: Mask) -> dict[str, Any]:
    shares: dict[str, list[float]] = {}
    for row in mix(frame, "category", where, bucket="all", within="author"):
        shares.setdefault(row["author"], []).append(float(row["token_share"] or 0))
    rows = [
        {"author": author, "effective_categories": 1 / sum(share**2 for share in own), "top_share": max(own)}
        for author, own in shares.items()
    ]
    return metric(
        question(rows, bucket="all", by="author", unit="tokens"),
        reading="1 / the sum of squared category shares of an author's classified tokens, `others` one category",
    )
