"""What attempts cost at the catalogue's list price in force at their time, in exact nano-USD."""

import numpy as np

from tokentide.gateways.simulation.columns import Column
from tokentide.gateways.simulation.oracle.frame import Frame, Mask
from tokentide.schemas.catalogue.catalogue import load


def list_cost(frame: Frame) -> tuple[Column, Mask]:
    """Return nano-USD of each attempt, rounded half up, and whether it has a list price; a free variant's is 0."""
    events = frame.events
    cached = np.maximum(events["cached"].astype(np.int64), 0)
    fresh, completion = events["prompt"].astype(np.int64) - cached, events["completion"].astype(np.int64)
    pico, known = np.zeros(frame.rows, np.int64), events["free"].astype(bool)
    for place, model in enumerate(frame.models):
        own = (events["model"] == place) & ~events["free"]
        for price in load().prices(model.slug):
            due = own & (events["time_ms"] >= price.valid_from_ms)
            of_cached = price.prompt_pico if price.cached_pico is None else price.cached_pico
            cost = fresh * price.prompt_pico + cached * of_cached + completion * price.completion_pico
            pico, known = np.where(due, cost, pico), known | due
    return (pico + 500) // 1000, known
