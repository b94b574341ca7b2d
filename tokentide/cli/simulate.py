"""`tokentide simulate`: synthetic traffic with known ground truth, and the exact figures it must give."""

from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer

from tokentide.cli.options import parse_instant
from tokentide.cli.progress import Progress
from tokentide.gateways.simulation.scenarios import NAMES, NOW
from tokentide.gateways.simulation.simulate import EVENTS, ORACLE, PARAMETERS, Order, simulate


def command(
    scenario: Annotated[str, typer.Option(help="one of " + ", ".join(NAMES), show_default=False)],
    out: Annotated[Path, typer.Option(help="new folder for the three files", show_default=False)],
    events: Annotated[int, typer.Option(help="exact number of events")] = 2_000_000,
    seed: Annotated[int, typer.Option(help="another seed is another market, with other ids")] = 1,
    label_rate: Annotated[float, typer.Option(help="chance of an event to be classified: 1, 0.05 or 0.0025")] = 1.0,
    anchor: Annotated[
        str | None,
        typer.Option(help="end of an eight-week scenario (RFC 3339); default 2026-01-05, of `now` the time"),
    ] = None,
) -> None:
    """Write simulated events, their ground truth and the exact answer to every metric."""
    began = monotonic()
    order = Order(scenario, events, seed, label_rate, _end(scenario, anchor))
    with Progress("simulated") as progress:
        truth = simulate(order, out, lambda done: progress.show(done, f" of {events:,}"))
    took = monotonic() - began
    print(f"simulated {events:,} events of {truth['accounts']:,} accounts, seed {seed}, in {took:.1f} s")
    print(f"{out / EVENTS}  as a gateway would send them (format usage-events, gateway {truth['gateway']})")
    print(f"{out / PARAMETERS}  what was set and what happens when")
    print(f"{out / ORACLE}  the exact answer to every metric")


def _end(scenario: str, anchor: str | None) -> datetime | None:
    end = parse_instant("--anchor", anchor)
    return datetime.now(UTC).replace(microsecond=0) if end is None and scenario == NOW else end
