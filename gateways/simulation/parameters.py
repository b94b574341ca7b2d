"""The ground truth of a run: what was set, from where, what happens when, and what the draw came to."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from tokentide.gateways.simulation.columns import Columns
from tokentide.gateways.simulation.encode import GATEWAY
from tokentide.gateways.simulation.people import People
from tokentide.gateways.simulation.profiles import CATEGORIES
from tokentide.gateways.simulation.published import SETTINGS
from tokentide.gateways.simulation.scenarios import STUDY, THINNED, Scenario

if TYPE_CHECKING:
    from tokentide.gateways.simulation.simulate import Order


def parameters(order: "Order", scenario: Scenario, people: People, events: Columns) -> dict[str, Any]:
    """Return the ground truth as one JSON object; `header` stands in the oracle's file too."""
    scale = _scale(scenario, events)
    header = {
        "simulated": True, "gateway": GATEWAY, "scenario": order.scenario, "seed": order.seed,
        "events": order.events, "label_rate": order.label_rate, "scale": scale,
    }  # fmt: skip
    return {
        **header,
        "header": header,
        "run": order.run,
        "scale_before_full_weight": None if scale is None else scale / THINNED,
        "full_weight_from": _instant(scenario.full_from_s),
        "from": _instant(int(events["time_ms"][0]) // 1000),
        "to": _instant(scenario.spans[-1].end_s),
        "happens": scenario.shifts.told(),
        "set": [asdict(setting) for setting in SETTINGS] if scenario.name == STUDY else [],
        "accounts": len(people),
        "turned_away": people.turned_away,
        "models": {
            model.slug: {
                "author": model.author,
                "source": model.group,
                "reasoning": model.reasoning,
                "free": model.free,
            }
            for model in scenario.models
        },
        "latent": [_latent(scenario, place) for place in range(len(scenario.spans))],
    }


def _scale(scenario: Scenario, events: Columns) -> float | None:
    if scenario.real_tokens is None:
        return None
    full = events["time_ms"] >= scenario.full_from_s * 1000
    return scenario.real_tokens / float(events.tokens[full].sum())


def _latent(scenario: Scenario, place: int) -> Mapping[str, Any]:
    """Return the latent shares of tokens of one span, rounded to eight digits."""
    span = scenario.spans[place]
    by_model, by_category = span.mix.tokens.sum(axis=1), span.mix.tokens.sum(axis=0)
    groups = sorted({model.group for model in scenario.models})
    of_group = {group: np.array([model.group == group for model in scenario.models]) for group in groups}
    requests = span.mix.requests
    return {
        "from": _instant(span.start_s),
        "to": _instant(span.end_s),
        "events": span.events,
        "source": {group: round(float(by_model[mask].sum()), 8) for group, mask in of_group.items()},
        "category": {name: round(float(share), 8) for name, share in zip(CATEGORIES, by_category, strict=True)},
        "prompt_mean": round(float((requests * span.mix.prompt).sum()), 3),
        "completion_mean": round(float(requests.sum(axis=1) @ span.mix.completion), 3),
        "tool_calls": round(float((requests * span.mix.tools).sum()), 8),
    }


def _instant(time_s: int) -> str:
    return datetime.fromtimestamp(time_s, UTC).isoformat().replace("+00:00", "Z")
