"""Curves over time: published points joined by straight lines."""

from datetime import UTC, datetime
from typing import Final

import numpy as np

from tokentide.gateways.simulation.published import Knots

DAY_S: Final = 86_400
WEEK_S: Final = 7 * DAY_S


def day_s(day: str) -> int:
    """Return unix seconds of the start of a day, YYYY-MM-DD, UTC."""
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())


def at(knots: Knots, time_s: float) -> float:
    """Return the value of a curve at a time; outside the knots the nearest one's."""
    return float(np.interp(time_s, [day_s(day) for day, _ in knots], [value for _, value in knots]))
