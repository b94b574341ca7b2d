"""How long requests are: exact means and true nearest-rank quantiles."""

from typing import Any, Final

import numpy as np

from tokentide.gateways.simulation.columns import Column
from tokentide.gateways.simulation.oracle.frame import Coded, Frame, Row, part, total
from tokentide.gateways.simulation.oracle.question import keyed, metric, question
from tokentide.gateways.simulation.oracle.shares import summed, volume

_PERCENTS: Final = (50, 90, 99)


def nearest_rank(ordered: Column, percent: int) -> int:
    """Return the smallest value with at least `percent` % of all values at or below it."""
    return int(ordered[(len(ordered) * percent + 99) // 100 - 1])


def answers(frame: Frame) -> dict[str, Any]:
    """Return the metrics of this group."""
    return {
        "sequence-length": metric(
            *(
                question(_lengths(frame, bucket, by), bucket=bucket, by=by)
                for bucket, by in (("1w", None), ("all", None), ("all", "source"), ("all", "author"))
            )
        ),
        "input-output-ratio": metric(*(question(_ratios(frame, bucket), bucket=bucket) for bucket in ("1w", "all"))),
        "volume": metric(*(question(_volumes(frame, bucket), bucket=bucket) for bucket in ("1d", "1w", "all"))),
    }


def _lengths(frame: Frame, bucket: str, by: str | None) -> list[Row]:
    times = frame.bucket(bucket)
    key = frame[by] if by else Coded(("",), np.zeros(frame.rows, np.int64))
    width, size = len(key.values), len(times.values) * len(key.values)
    group = times.codes * width + key.codes
    sums = summed(frame, group, size)
    order = np.argsort(group, kind="stable")
    ends = sums.n.cumsum()
    columns = {"prompt": frame.events["prompt"], "completion": frame.events["completion"], "total": frame.tokens}
    rows = []
    for place in np.flatnonzero(sums.n):
        own = order[ends[place] - sums.n[place] : ends[place]]
        names = {by: key.values[int(place) % width]} if by else {}
        row = keyed(times.values[int(place) // width], **names)
        for name, values in columns.items():
            row |= _described(name, np.sort(values[own]))
        rows.append(row | volume(sums, int(place)))
    return rows


def _described(name: str, ordered: Column) -> Row:
    mean = int(ordered.sum(dtype=np.int64)) / len(ordered)
    return {f"{name}_mean": mean} | {f"{name}_p{percent}": nearest_rank(ordered, percent) for percent in _PERCENTS}


def _ratios(frame: Frame, bucket: str) -> list[Row]:
    return [
        {name: value for name, value in row.items() if name != "mean_tokens"}
        | {
            "ratio": part(row["prompt_tokens"], row["completion_tokens"]),
            "prompt_mean": part(row["prompt_tokens"], row["n"]),
            "completion_mean": part(row["completion_tokens"], row["n"]),
        }
        for row in _volumes(frame, bucket)
    ]


def _volumes(frame: Frame, bucket: str) -> list[Row]:
    times = frame.bucket(bucket)
    size = len(times.values)
    sums = summed(frame, times.codes, size)
    prompt, completion = (total(times.codes, size, frame.events[name]) for name in ("prompt", "completion"))
    return [
        keyed(times.values[place])
        | {
            "prompt_tokens": int(prompt[place]),
            "completion_tokens": int(completion[place]),
            "mean_tokens": part(sums.tokens[place], sums.n[place]),
        }
        | volume(sums, place)
        for place in range(size)
    ]
