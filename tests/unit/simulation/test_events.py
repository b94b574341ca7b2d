"""Simulated events are valid usage events: exact number, in order, each id once."""

import json
from datetime import datetime

import numpy as np
import pytest
from unit.simulation.conftest import Run

from tokentide.gateways.simulation.encode import Encoder
from tokentide.gateways.simulation.simulate import Order, Simulation
from tokentide.schemas.catalogue.catalogue import load
from tokentide.schemas.usage_event import KNOWN, UsageEvent


def lines(study: Run, step: int) -> list[str]:
    order = study.simulation.order
    encoder = Encoder(order.run, study.simulation.scenario.models, order.label_rate)
    return list(encoder.lines(study.events.rows(slice(0, None, step))))


def test_every_sampled_event_is_accepted_and_knows_only_fields_of_the_contract(study: Run) -> None:
    for line in lines(study, 37):
        event = UsageEvent.from_message(line.rstrip("\n").encode())
        assert event.gateway == "simulated"
        assert json.loads(line).keys() <= KNOWN
        assert event.total_tokens == event.prompt_tokens + event.completion_tokens


def test_there_are_exactly_as_many_events_as_ordered_in_order_of_time(study: Run) -> None:
    assert len(study.events) == study.simulation.order.events
    assert (np.diff(study.events["time_ms"]) >= 0).all()
    assert (study.events["index"] == np.arange(len(study.events))).all()


def test_no_model_is_used_before_its_release(study: Run) -> None:
    released = np.array([model.released_s for model in study.simulation.scenario.models]) * 1000
    # a week shares one mix, taken at its middle
    assert (study.events["time_ms"] >= released[study.events["model"]] - 3.5 * 86_400_000).all()


def test_only_the_in_house_model_is_unknown_to_the_catalogue(study: Run) -> None:
    catalogue = load()
    unknown = {
        event.model for event in map(UsageEvent.from_message, (line.strip().encode() for line in lines(study, 11)))
        if not catalogue.normalise(event.model).known
    }  # fmt: skip
    assert unknown <= {"in-house/experimental-7b", "openrouter/in-house/experimental-7b"}


def test_a_retry_repeats_the_request_of_a_failed_attempt(study: Run) -> None:
    events = study.events
    again = np.flatnonzero(events["attempt"] == 2)
    first = {int(events["request"][place]): place for place in np.flatnonzero(events["attempt"] == 1)}
    assert len(again) > 500
    for place in again[:200]:
        earlier = first[int(events["request"][place])]
        assert events["status"][earlier] in (1, 2, 3)
        assert events["time_ms"][earlier] < events["time_ms"][place]
        assert events["account"][earlier] == events["account"][place]


@pytest.mark.parametrize("rate", [0.05, 0.0025])
def test_a_part_is_classified_and_says_its_rate(rate: float) -> None:
    simulation = Simulation(Order("steady", 60_000, label_rate=rate))
    sampled = classified = 0
    encoder = Encoder("0" * 12, simulation.scenario.models, rate)
    for month in simulation.months():
        sampled += int(month["sampled"].sum())
        for line in encoder.lines(month.rows(month["sampled"])):
            event = UsageEvent.from_message(line.rstrip("\n").encode())
            assert event.sample_rate == rate
            classified += bool(event.labels)
    spread = (60_000 * rate * (1 - rate)) ** 0.5
    assert abs(sampled - 60_000 * rate) < 4.5 * spread
    assert classified == sampled


def test_nothing_is_classified_before_may_2025_nor_says_tools_before_september(study: Run) -> None:
    time = study.events["time_ms"]
    may, september = (datetime.fromisoformat(day + "T00:00:00+00:00").timestamp() * 1000
                      for day in ("2025-05-01", "2025-09-01"))  # fmt: skip
    assert not study.events["sampled"][time < may].any()
    assert study.events["sampled"][time >= may].all()
    assert (study.events["tools_offered"][time < september] < 0).all()
