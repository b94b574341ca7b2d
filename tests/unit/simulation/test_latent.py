"""What was set is what the events show, within the error that their number allows."""

from statistics import NormalDist

import numpy as np
import pytest
from numpy.typing import NDArray
from unit.simulation.conftest import Run

from tokentide.gateways.simulation.columns import Columns
from tokentide.gateways.simulation.people import _months
from tokentide.gateways.simulation.places import COUNTRY_CODES, country_shares
from tokentide.gateways.simulation.profiles import PROGRAMMING_AT
from tokentide.gateways.simulation.span import Span

CHANCE = 1e-3
"""That a right simulation fails one of these tests, whatever the number of comparisons."""
Weights = NDArray[np.float64]


def limit(comparisons: int) -> float:
    return NormalDist().inv_cdf(1 - CHANCE / (2 * comparisons))


def share_and_error(tokens: Weights, own: NDArray[np.bool_], cluster: NDArray[np.int64]) -> tuple[float, float]:
    """Return a share of tokens and its standard error, requests of a cluster taken together."""
    share = float(tokens[own].sum() / tokens.sum())
    residual = np.bincount(np.unique(cluster, return_inverse=True)[1], tokens * (own - share))
    return share, float(np.sqrt((residual**2).sum()) / tokens.sum())


def months(study: Run) -> list[tuple[str, list[Span], Columns]]:
    of_event = study.events["time_ms"].astype("datetime64[ms]").astype("datetime64[M]").astype(str)
    spans: dict[str, list[Span]] = {}
    for span in study.simulation.scenario.spans:
        spans.setdefault(span.month, []).append(span)
    return [(month, held, study.events.rows(of_event == month)) for month, held in spans.items()]


def latent(spans: list[Span], part: NDArray[np.bool_]) -> float:
    """Return the latent share of tokens of some (model, category) cells over spans."""
    volume = np.array([span.events * span.mix.length for span in spans])
    return float(volume @ [float(span.mix.tokens[part].sum()) for span in spans] / volume.sum())


@pytest.mark.parametrize("group", ["chinese-oss", "row-oss", "proprietary"])
def test_source_groups_have_the_share_that_was_set_in_every_month(study: Run, group: str) -> None:
    models = study.simulation.scenario.models
    of_group = np.array([model.group == group for model in models])
    cells = np.repeat(of_group[:, None], 13, axis=1)
    for month, spans, events in months(study):
        tokens = events.tokens.astype(float)
        share, error = share_and_error(tokens, of_group[events["model"]], np.arange(len(events)))
        # where few events are, the error itself is uncertain: the latent share gives a second one
        wanted = latent(spans, cells)
        error = max(error, float(np.sqrt(wanted * (1 - wanted) * (tokens**2).sum()) / tokens.sum()))
        assert abs(share - wanted) < limit(75) * error, (month, share, wanted, error)


def test_programming_has_the_share_that_was_set(study: Run) -> None:
    cells = np.zeros((len(study.simulation.scenario.models), 13), bool)
    cells[:, PROGRAMMING_AT] = True
    for month, spans, events in months(study)[-7:]:
        tokens = events.tokens.astype(float)
        share, error = share_and_error(tokens, events["category"] == PROGRAMMING_AT, np.arange(len(events)))
        assert abs(share - latent(spans, cells)) < limit(7) * error, month


def test_prompts_are_as_long_as_was_set(study: Run) -> None:
    for month, spans, events in months(study):
        prompt = events["prompt"].astype(float)
        counts = np.array([span.events for span in spans], float)
        means = [float((span.mix.requests * span.mix.prompt).sum()) for span in spans]
        wanted = float(counts @ means / counts.sum())
        assert abs(prompt.mean() - wanted) < limit(25) * max(prompt.std(), wanted) / len(prompt) ** 0.5, month


def test_countries_have_the_tokens_that_were_set(study: Run) -> None:
    for month, spans, events in months(study)[-6:]:
        known = events.rows((events["country"] >= 0) & (events["account"] >= 0))
        wanted = country_shares(float(np.mean([span.mix.time_s for span in spans])))
        for code in range(10):
            tokens = known.tokens.astype(float)
            share, error = share_and_error(tokens, known["country"] == code, known["account"].astype(np.int64))
            assert abs(share - wanted[code]) < limit(60) * error, (month, COUNTRY_CODES[code], share)


def test_cohorts_come_back_as_was_set(study: Run) -> None:
    """Pooled over cohorts of one curve and age: the number active is binomial."""
    models, retention = study.simulation.scenario.models, study.simulation.scenario.retention
    cohorts = cohort_counts(study)
    pooled: dict[int, list[float]] = {}
    for (model, born), ages in cohorts.items():
        for age, active in ages.items():
            if age and _last(born, age) <= "2025-11":
                rate = retention.at(models[model].slug, born, age)
                held = pooled.setdefault(age, [0.0, 0.0, 0.0])
                held[0] += active
                held[1] += ages[0] * rate
                held[2] += ages[0] * rate * (1 - rate)
    for age, (active, wanted, variance) in pooled.items():
        if age <= 6:
            assert abs(active - wanted) < limit(6) * variance**0.5 + study.simulation.people.turned_away, age


def cohort_counts(study: Run) -> dict[tuple[int, str], dict[int, int]]:
    of_event = study.events["time_ms"].astype("datetime64[ms]").astype("datetime64[M]").astype(str)
    first: dict[tuple[int, int], str] = {}
    seen: dict[tuple[int, str], dict[int, int]] = {}
    active = sorted({(month, int(model), int(account)) for month, model, account in
                     zip(of_event.tolist(), study.events["model"], study.events["account"], strict=True)
                     if account >= 0})  # fmt: skip
    for month, model, account in active:
        born = first.setdefault((model, account), month)
        ages = seen.setdefault((model, born), dict.fromkeys(range(7), 0))
        age = _months(born, month)
        ages[age] = ages.get(age, 0) + 1
    return seen


def _last(born: str, age: int) -> str:
    number = int(born[:4]) * 12 + int(born[5:]) - 1 + age
    return f"{number // 12}-{number % 12 + 1:02d}"
