"""Running a scenario: events to a file, ground truth and exact figures beside it."""

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import numpy as np

from tokentide.gateways.simulation.columns import Columns, joined
from tokentide.gateways.simulation.encode import Encoder, run_id
from tokentide.gateways.simulation.oracle.answers import answers
from tokentide.gateways.simulation.parameters import parameters
from tokentide.gateways.simulation.people import People
from tokentide.gateways.simulation.scenarios import Scenario, scenario
from tokentide.gateways.simulation.traffic import Rules, Traffic
from tokentide.schemas.errors import UsageError, UserError

EVENTS: Final = "events.ndjson.gz"
ORACLE: Final = "oracle.json"
PARAMETERS: Final = "parameters.json"
LABEL_RATES: Final = (1.0, 0.05, 0.0025)
EVENTS_MIN: Final = 1000
EVENTS_MAX: Final = 10_000_000
_COUNTED: Final = (
    *(
        "time_ms",
        "attempt",
        "model",
        "provider",
        "free",
        "account",
        "country",
        "language",
        "prompt",
        "completion",
        "cached",
    ),
    *("reasoning", "tools_offered", "finish", "status", "cost", "byok", "sampled"),
    *(f"{what}{place}" for what in ("path", "confidence") for place in (1, 2, 3)),
)
"""The columns that answers are counted from; the rest is let go month by month."""
_LEVEL: Final = 1
_LINES: Final = 20_000


@dataclass(frozen=True, slots=True)
class Order:
    """What to simulate; the same order gives the same bytes.

    Attributes:
        scenario: name.
        events: exact number of events.
        seed: of chance.
        label_rate: one of `LABEL_RATES`.
        anchor: end of a short scenario; None for its default.
    """

    scenario: str
    events: int = 2_000_000
    seed: int = 1
    label_rate: float = 1.0
    anchor: datetime | None = None

    def check(self) -> None:
        """Refuse what cannot be simulated.

        Raises:
            UsageError: names the option.
        """
        if self.label_rate not in LABEL_RATES:
            raise UsageError(f"--label-rate is {self.label_rate}: use 1, 0.05 or 0.0025")
        if not EVENTS_MIN <= self.events <= EVENTS_MAX:
            raise UsageError(f"--events is {self.events}: use {EVENTS_MIN} to {EVENTS_MAX}")
        if self.seed < 0:
            raise UsageError(f"--seed is {self.seed}: use a whole number of at least 0")

    @property
    def run(self) -> str:
        """Twelve hex digits that tell this order's event ids from any other's."""
        return run_id(self.scenario, self.events, self.seed, self.label_rate, self.anchor)


class Simulation:
    """One order, drawn month by month.

    Args:
        order: what to simulate.
        market: the scenario to draw it from; None for the order's own.

    Raises:
        UsageError: the order cannot be met.
    """

    def __init__(self, order: Order, market: Scenario | None = None) -> None:
        order.check()
        self.order = order
        self.scenario: Scenario = market or scenario(order.scenario, order.events, order.anchor)
        random = np.random.Generator(np.random.PCG64(order.seed))
        self.people = People(self.scenario.models, self.scenario.retention, random)
        rules = Rules(order.label_rate, self.scenario.labels_from_s, self.scenario.tools_from_s, self.scenario.shifts)
        self._traffic = Traffic(self.scenario.models, self.people, rules, random)

    def months(self) -> Iterator[Columns]:
        """Yield the events of each calendar month, in order of time."""
        for _, spans in groupby(self.scenario.spans, key=lambda span: span.month):
            held = [span for span in spans if span.events]
            if held:
                yield self._traffic.month(held)


def simulate(order: Order, folder: Path, progress: Callable[[int], None] = lambda done: None) -> dict[str, Any]:
    """Write events, ground truth and exact figures into a new folder; return the ground truth.

    Raises:
        UsageError: the order cannot be met.
        UserError: the folder holds something already, or cannot be written.
    """
    simulation = Simulation(order)
    _make(folder)
    try:
        events = _write_events(simulation, folder / EVENTS, progress)
        truth = parameters(order, simulation.scenario, simulation.people, events)
        _write_json(folder / PARAMETERS, truth)
        _write_json(
            folder / ORACLE, truth["header"] | {"metrics": answers(events, simulation.scenario, order.label_rate)}
        )
    except OSError as error:
        raise UserError(f"--out {folder} cannot be written: {error.strerror or error}.") from None
    return truth


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = next(folder.iterdir(), None)
    except OSError as error:
        raise UserError(f"--out {folder} cannot be made: {error.strerror or error}.") from None
    if held is not None:
        raise UserError(f"--out {folder} is not empty: name a new folder.")


def _write_events(simulation: Simulation, path: Path, progress: Callable[[int], None]) -> Columns:
    order = simulation.order
    encoder = Encoder(order.run, simulation.scenario.models, order.label_rate)
    kept, done = [], 0
    # no name and no time in the gzip header: the same order gives the same bytes
    with path.open("wb") as raw, gzip.GzipFile("", "wb", _LEVEL, raw, mtime=0) as file:
        for month in simulation.months():
            for first in range(0, len(month), _LINES):
                part = month.rows(slice(first, first + _LINES))
                file.write("".join(encoder.lines(part)).encode())
                done += len(part)
                progress(done)
            kept.append(month.only(_COUNTED))
    return joined(kept)


def _write_json(path: Path, value: Any) -> None:
    path.write_text(
        json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n", encoding="utf-8"
    )
