"""All answers of a run, metric by metric."""

from typing import Any, Final

from tokentide.gateways.simulation.columns import Columns
from tokentide.gateways.simulation.oracle import (
    accounts,
    after_free,
    agentic,
    categories,
    changes,
    cohorts,
    flags,
    lengths,
    prices,
    quality,
    shares,
    slopes,
    survival,
)
from tokentide.gateways.simulation.oracle.frame import Frame
from tokentide.gateways.simulation.scenarios import Scenario

_GROUPS: Final = (
    *(shares, agentic, lengths, categories, prices, slopes, changes),
    *(accounts, cohorts, flags, after_free, survival, quality),
)


def answers(events: Columns, scenario: Scenario, label_rate: float) -> dict[str, Any]:
    """Return the exact rows of every metric the oracle knows, by its id."""
    frame = Frame(events, scenario.models, label_rate)
    return {name: found for group in _GROUPS for name, found in group.answers(frame).items()}
