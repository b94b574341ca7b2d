"""Real traffic, read in place: the clients of ServeGen as members, arrivals and lengths of Azure.

Nothing is copied: where the data sets are not beside the project, every background is synthetic and the results
say so.
"""

import csv
import gzip
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

DATA = Path(__file__).parents[3] / "shared" / "data"
_AZURE = DATA / "azure-llm-2023"
_SERVEGEN = DATA / "servegen-deepseek-r1"
_WINDOWS = 144


def present() -> bool:
    """Return whether the real data sets are there."""
    return (_AZURE / "README.md").exists() and (_SERVEGEN / "README.md").exists()


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Requests of one service by 5-minute window relative to their mean, and their lengths."""

    relative: Floats
    lengths: Floats


@cache
def azure(service: str) -> Arrivals:
    """Return the arrivals and lengths of `code` or `conv`."""
    with gzip.open(_AZURE / f"AzureLLMInferenceTrace_{service}.csv.gz", "rt") as file:
        rows = list(csv.DictReader(file))
    lengths = np.asarray([float(row["ContextTokens"]) + float(row["GeneratedTokens"]) for row in rows])
    clock = [row["TIMESTAMP"].split()[1].split(":") for row in rows]
    second = np.asarray([3600 * int(h) + 60 * int(m) + float(s) for h, m, s in clock])
    counts = np.bincount(((second - second[0]) // 60).astype(int))[:-1]
    five = np.convolve(counts, np.ones(5), "valid") / 5
    return Arrivals(five / five.mean(), lengths)


@cache
def rates() -> Floats:
    """Return requests per second of each ServeGen client in each 10-minute window of a day, [144, clients]."""
    found: dict[int, Floats] = {}
    with gzip.open(_SERVEGEN / "rates.csv.gz", "rt") as file:
        for row in csv.DictReader(file):
            day = found.setdefault(int(row["client_id"]), np.zeros(_WINDOWS))
            day[int(float(row["window_start_s"])) // 600] = float(row["rate_rps"] or 0)
    return np.stack([found[client] for client in sorted(found)], axis=1)


@cache
def reasoning_lengths() -> Floats:
    """Return a sample of request lengths over all ServeGen clients, by the frequency of their requests."""
    rng = np.random.default_rng(0)
    weight = rates().reshape(4, -1, rates().shape[1]).sum(axis=1)
    drawn = []
    with gzip.open(_SERVEGEN / "histograms.jsonl.gz", "rt") as file:
        for line in file:
            row = json.loads(line)
            share = weight[row["window_start_s"] // 21_600, row["client_id"]] / weight.sum()
            count = int(200_000 * share)
            if count and row["input_tokens"] and row["output_tokens"]:
                drawn.append(_from(row["input_tokens"], count, rng) + _from(row["output_tokens"], count, rng))
    return np.concatenate(drawn)


def _from(histogram: dict[str, float], count: int, rng: np.random.Generator) -> Floats:
    p = np.asarray(list(histogram.values()))
    return rng.choice(np.asarray(list(map(float, histogram))), count, p=p / p.sum())
