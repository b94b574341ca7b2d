"""What a scenario says happens is in its events, then and to those it names."""

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tokentide.gateways.simulation.columns import Columns, joined
from tokentide.gateways.simulation.scenarios import DEFAULT_ANCHOR, NAMES, scenario
from tokentide.gateways.simulation.simulate import PARAMETERS, Order, Simulation, simulate
from tokentide.gateways.simulation.traffic import WHALE_ACCOUNT

EVENTS = 60_000


def drawn(name: str) -> tuple[Simulation, Columns]:
    simulation = Simulation(Order(name, EVENTS))
    return simulation, joined(simulation.months())


def within(events: Columns, start_s: int, end_s: int) -> NDArray[np.bool_]:
    return (events["time_ms"] >= start_s * 1000) & (events["time_ms"] < end_s * 1000)


def code(simulation: Simulation, slug: str) -> int:
    return [model.slug for model in simulation.scenario.models].index(slug)


@pytest.mark.parametrize("name", NAMES[1:])
def test_a_short_scenario_is_eight_weeks_up_to_its_anchor(name: str) -> None:
    anchor = datetime(2026, 4, 2, 10, 30, tzinfo=UTC)
    spans = scenario(name, 5000, anchor).spans
    assert spans[-1].end_s == anchor.timestamp()
    assert spans[0].start_s == anchor.timestamp() - 56 * 86_400
    assert sum(span.events for span in spans) == 5000
    assert all(early.end_s == late.start_s for early, late in zip(spans, spans[1:], strict=False))


def test_an_outage_fails_one_author_for_six_hours() -> None:
    simulation, events = drawn("outage")
    (outage,) = simulation.scenario.shifts.all
    own = np.array([model.author == outage.author for model in simulation.scenario.models])[events["model"]]
    during = within(events, outage.start_s, outage.end_s)
    assert outage.end_s - outage.start_s == 6 * 3600
    assert (events["status"][own & during] != 0).mean() > 0.9
    assert (events["status"][own & ~during] != 0).mean() < 0.05
    assert (events["status"][~own & during] != 0).mean() < 0.1


def test_a_whale_is_one_account_that_calls_tools() -> None:
    simulation, events = drawn("whale")
    (whale,) = simulation.scenario.shifts.all
    own = events["account"] == WHALE_ACCOUNT
    assert own.sum() > 50
    assert within(events, whale.start_s, whale.end_s)[own].all()
    assert (events["finish"][own] == 2).all()


def test_a_price_cut_lowers_what_a_token_costs_from_that_moment_on() -> None:
    simulation, events = drawn("price-cut")
    (cut,) = simulation.scenario.shifts.all
    own = (events["model"] == code(simulation, cut.model)) & (events["cost"] > 0) & (events["cached"] == 0)
    after = events["time_ms"] >= cut.start_s * 1000
    per_token = [
        float(events["cost"][own & when].sum() / events.tokens[own & when].sum()) for when in (~after, after)
    ]
    # completion tokens are dearer: their part differs a little between the two
    assert per_token[1] / per_token[0] == pytest.approx(cut.factor, rel=0.15)


def test_a_promotion_is_on_the_free_variant_and_costs_nothing() -> None:
    simulation, events = drawn("free-promo")
    (promotion,) = simulation.scenario.shifts.all
    own = events["model"] == code(simulation, promotion.model)
    during = within(events, promotion.start_s, promotion.end_s)
    assert events["free"][own & during].mean() > 0.9
    assert not events["free"][own & ~during].any()
    assert (events["cost"][own & during & events["free"]] <= 0).all()
    days = (promotion.end_s - promotion.start_s) / 86_400
    assert (own & during).sum() / days > 2 * (own & ~during).sum() / (56 - days)


def test_a_launch_takes_its_share_after_its_ramp() -> None:
    simulation, events = drawn("launch")
    (launch,) = simulation.scenario.shifts.all
    own = events["model"] == code(simulation, launch.model)
    settled = events["time_ms"] >= (launch.start_s + launch.ramp_s + 86_400) * 1000
    assert not own[events["time_ms"] < (launch.start_s - 86_400) * 1000].any()
    share = events.tokens[own & settled].sum() / events.tokens[settled].sum()
    assert share == pytest.approx(launch.share, rel=0.2)


def test_a_steady_market_has_as_many_events_each_day() -> None:
    assert {span.events for span in scenario("steady", 5600).spans} == {100}


def test_the_scale_says_how_many_real_tokens_one_simulated_token_stands_for(tmp_path: Path) -> None:
    simulate(Order("state-of-ai-2025", 20_000), tmp_path / "run")
    truth = json.loads((tmp_path / "run" / PARAMETERS).read_text())
    assert truth["scale_before_full_weight"] == 4 * truth["scale"]
    assert 130e12 < truth["scale"] * 20_000 * 4500 < 260e12


def test_the_parameters_name_every_published_figure_that_was_set(tmp_path: Path) -> None:
    simulate(Order("state-of-ai-2025", 1000), tmp_path / "run")
    named = json.loads((tmp_path / "run" / PARAMETERS).read_text())["set"]
    assert len(named) >= 15
    assert all(each["name"] and each["study"] and each["published"] and each["value"] for each in named)


def test_the_default_anchor_is_fixed_so_that_a_run_repeats() -> None:
    assert datetime(2026, 1, 5, tzinfo=UTC) == DEFAULT_ANCHOR
