"""The end of `tokentide demo`: eight weeks of a simulated market, as a report and a store to open the page over."""

import asyncio
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tokentide.cli.progress import Progress
from tokentide.cli.reading import open_existing
from tokentide.cli.report import write
from tokentide.gateways.simulation.live import LiveMarket, LiveOrder
from tokentide.oneshot import run_once
from tokentide.reports.page.report import Period
from tokentide.schemas.settings import load_settings

_GROWN: Final = 2.5 / (56 * 86_400)
"""Events a second at the end, for each event of the eight weeks: two and a half times their mean."""
_STORE: Final = "demo-store"


def show_market(out: Path, events: int, seed: int) -> None:
    """Fill a store with a market up to now, write its report, and say where both are.

    Args:
        out: folder of the report; the store in it is made anew.
        events: of the market.
        seed: of chance.
    """
    folder = out.resolve() / _STORE
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    settings = load_settings(store=f"chdb://{folder}", kafka="embedded://", fsync=False)
    print(f"\nA simulated market of eight weeks up to now: about {events:,} events, seed {seed}", flush=True)
    market = LiveMarket(LiveOrder(events, events * _GROWN, datetime.now(UTC), seed))
    with Progress("settled") as progress:
        asyncio.run(run_once(settings, market.past(), progress.show))
    with open_existing(settings.store) as store:
        write(store, out / "report.html", Period())
    print(f"page:   http://127.0.0.1:8321/ once `.venv/bin/tokentide serve --store {settings.store}` runs")
    print("        (or `.venv/bin/tokentide live`, a market that goes on)")
