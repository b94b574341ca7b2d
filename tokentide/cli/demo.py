"""`tokentide demo`: sample traffic and real traces as three metrics, a simulated market as a report and a page."""

import asyncio
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Annotated, Final

import typer

from tokentide.cli.audit import print_report
from tokentide.cli.balance import print_balance
from tokentide.cli.market import show_market
from tokentide.cli.progress import Progress
from tokentide.cli.reading import open_existing
from tokentide.cli.watching import show_alerts
from tokentide.gateways.formats import ReplayEvent
from tokentide.gateways.market import GATEWAYS
from tokentide.gateways.replay import Replay
from tokentide.gateways.sample import START as SAMPLE_START
from tokentide.gateways.sample import Loss, Sample, sample_events
from tokentide.oneshot import run_once
from tokentide.reports.answer import run
from tokentide.reports.request import Request
from tokentide.reports.tables import render
from tokentide.schemas.settings import Settings, load_settings
from tokentide.sinks.clickhouse.audit import audit

_ASKED: Final = ("token-share-by-author", "tool-call-rate", "sequence-length")
_ROWS: Final = 8
_SPAN: Final = timedelta(days=14)
_LOSS: Final = Loss("anthropic", SAMPLE_START + timedelta(days=13, hours=9), left=0.1)
"""What happens to the sample traffic at its end, for the detector to find."""


@dataclass(frozen=True, slots=True)
class Trace:
    """A real trace, told apart in the store by the gateway it is published under."""

    format: str
    gateway: str
    files: tuple[str, ...]
    asked: tuple[str, ...]


_TRACES: Final = (
    Trace(
        "aider-analytics",
        "aider",
        ("aider-analytics/events_2024-08_2025-04.jsonl.gz",),
        ("token-share-by-author", "sequence-length"),
    ),
    Trace(
        "azure-llm-2023",
        "azure-llm-2023",
        (
            "azure-llm-2023/AzureLLMInferenceTrace_code.csv.gz",
            "azure-llm-2023/AzureLLMInferenceTrace_conv.csv.gz",
        ),
        ("sequence-length",),
    ),
)


def command(
    events: Annotated[int, typer.Option(min=1, help="how many sample events")] = 200_000,
    seed: Annotated[int, typer.Option(help="of the invented market")] = 1,
    traces: Annotated[Path, typer.Option(help="folder with real traces; replayed too where it is there")] = Path(
        "../shared/data"
    ),
    market: Annotated[int, typer.Option(min=1000, help="how many events of a simulated market")] = 60_000,
    out: Annotated[Path, typer.Option(help="folder of the report and of the market's store, made anew")] = Path(
        "out"
    ),
) -> None:
    """Run an embedded broker, a worker and the engine over sample traffic; end in a report and a page."""
    with tempfile.TemporaryDirectory(prefix="tokentide-demo-") as folder:
        settings = load_settings(store=f"chdb:///{folder}/store", kafka="embedded://", fsync=False)
        print(f"Sample traffic: {events:,} invented requests over two weeks, seed {seed}", flush=True)
        sample = Sample(events, seed, span=_SPAN, loss=_LOSS)
        _settle(settings, sample_events(sample), events, own_time=True)
        _answer(settings, _ASKED, GATEWAYS)
        show_alerts(settings, _LOSS, sample.start + sample.span)
        for trace in _TRACES:
            paths = tuple(path for path in (traces / file for file in trace.files) if path.is_file())
            if paths:
                print(f"\nReal trace {trace.format}: {', '.join(path.name for path in paths)}", flush=True)
                replay = Replay(paths, trace.format)
                _settle(settings, replay.events(), replay.check())
                _answer(settings, trace.asked, (trace.gateway,))
        _audit(settings)
    show_market(out, market, seed)


def _settle(settings: Settings, events: Iterable[ReplayEvent], expected: int, *, own_time: bool = False) -> None:
    with Progress("settled") as progress:
        work = run_once(settings, events, lambda done: progress.show(done, f" of {expected:,}"), own_time=own_time)
        balance = asyncio.run(work)
    print_balance(balance, as_json=False)


def _answer(settings: Settings, metrics: Iterable[str], gateways: Iterable[str]) -> None:
    population = {"gateway": list(gateways)}
    with open_existing(settings.store) as store:
        for metric in metrics:
            request = Request(metric, by="author", bucket="all", top=_ROWS, filters=population)
            print("\n" + render(run(store.query, request), "table"), flush=True)


def _audit(settings: Settings) -> None:
    print()
    with open_existing(settings.store) as store:
        began = monotonic()
        report = audit(store)
    print_report(report, monotonic() - began)
