"""Histogram quantiles stay within 1 % of the exact nearest-rank ones, whatever the distribution."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from integration.reports import oracle
from integration.reports.engine import Engine

from tokentide.reports import Request, run
from tokentide.schemas import histogram

HOUR = 1_700_000_000 - 1_700_000_000 % 3600
LARGEST = 2**31 - 1


def _draws(seed: int) -> dict[str, list[int]]:
    rng = random.Random(seed)
    edges = [value + step for power in range(1, 31) for value in (2**power,) for step in (-1, 0, 1)]
    return {
        "one value": [777_777],
        "zeros": [0] * 50,
        "zeros and one giant": [0] * 99 + [LARGEST],
        "two far values, even count": [1] * 50 + [LARGEST] * 50,
        "rank exactly on the border": [3] * 90 + [1_000_003] * 10,
        "every power of two and its neighbours": edges,
        "just below a bin's end": [2**20 + 2**13 * k - 1 for k in range(1, 128)],
        "just at a bin's start": [2**20 + 2**13 * k for k in range(128)],
        "uniform": [rng.randrange(LARGEST) for _ in range(999)],
        "log-uniform": [int(2 ** rng.uniform(0, 31)) - 1 for _ in range(1001)],
        "heavy tail": [int(rng.paretovariate(0.4)) % LARGEST for _ in range(1000)],
        "bimodal": [rng.choice([40, 41, 900_000, 900_001]) for _ in range(1000)],
        "steps of 0.8 %": [int(300 * 1.0078**k) for k in range(1500)],
    }


def _fill(engine: Engine, samples: dict[str, list[int]]) -> None:
    """One model per sample, its values as prompt tokens; completion is zero, so total equals prompt."""
    dims = dict.fromkeys(oracle.DIMENSIONS, "")
    events = [
        oracle.Event(HOUR + place % 3600, HOUR, dims | {"model": name}, True, value, 0, "stop", None)
        for name, values in samples.items()
        for place, value in enumerate(values)
    ]
    engine.fill("usage_model_10s", oracle.rollup(events, 10))
    engine.fill("usage_model_1h", oracle.rollup(events, 3600))


def _check(engine: Engine, samples: dict[str, list[int]]) -> None:
    rows = run(engine.query, Request("sequence-length", by="model")).rows
    assert {row["model"] for row in rows} == set(samples)
    for row in rows:
        values = samples[row["model"]]
        assert row["prompt_mean"] == pytest.approx(sum(values) / len(values), rel=1e-12)
        for percent in (50, 90, 99):
            exact = oracle.nearest_rank(values, percent)
            for name in ("prompt", "total"):
                found = row[f"{name}_p{percent}"]
                assert abs(found - exact) <= exact / 256, (row["model"], percent)
                assert found == exact or exact >= 256
        assert row["completion_p99"] == 0


def test_adversarial_distributions(engine: Engine) -> None:
    samples = _draws(11)
    _fill(engine, samples)
    _check(engine, samples)


def test_random_histograms(engine: Engine) -> None:
    values = st.lists(
        st.one_of(st.integers(0, 300), st.integers(0, LARGEST), st.integers(0, 30).map(lambda power: 2**power)),
        min_size=1,
        max_size=60,
    )

    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(values, min_size=1, max_size=8))
    def check(lists: list[list[int]]) -> None:
        samples = {str(place): numbers for place, numbers in enumerate(lists)}
        _fill(engine, samples)
        _check(engine, samples)

    check()


def test_a_bin_is_read_as_the_writer_means_it(engine: Engine) -> None:
    """The SQL decodes every bin of a 32-bit length to the midpoint the histogram module names."""
    from tokentide.reports.quantiles import midpoint

    last = histogram.index(2**32)
    sql = f"SELECT groupArray({midpoint('number')}) AS found FROM (SELECT number FROM numbers({last + 1}))"
    (row,) = engine.query(sql, {}).to_pylist()
    assert row["found"] == [histogram.midpoint(place) for place in range(last + 1)]


def test_the_oracle_bins_as_the_writer_does() -> None:
    """Else the oracle would test histograms that nobody writes."""
    rng = random.Random(3)
    values = [*range(2000), *(rng.randrange(2 ** rng.randrange(1, 33)) for _ in range(5000))]
    assert [oracle.bin_of(value) for value in values] == [histogram.index(value) for value in values]
