"""`tokentide report`: the figures of a period as one file; figures for strangers, each day of them once."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tokentide.cli.options import Store, parse_instant

if TYPE_CHECKING:
    from tokentide.reports.page.report import Period
    from tokentide.sinks.clickhouse.store import Store as Opened


def command(
    store: Store = None,
    html: Annotated[Path | None, typer.Option(help="file to write the figures of a period into")] = None,
    start: Annotated[
        str | None, typer.Option("--from", help="of --html: first hour; default the first event")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", help="of --html: hour after the last")] = None,
    unit: Annotated[str, typer.Option(help="of --html: tokens, requests or usd")] = "tokens",
    publish: Annotated[
        bool, typer.Option("--publish", help="publish every final day that is not published yet")
    ] = False,
    show: Annotated[str | None, typer.Option(help="a published metric, as strangers read it (JSON)")] = None,
    bucket: Annotated[str, typer.Option(help="of --show: 1d or 1w")] = "1w",
) -> None:
    """Write a report, or what may be shown to strangers into the store's published tables, or read that back."""
    from tokentide.cli.reading import open_existing
    from tokentide.reports.page.report import Period
    from tokentide.reports.publishing.answer import answer, check
    from tokentide.schemas.errors import UsageError

    if not publish and show is None and html is None:
        raise UsageError("say what to report: --html FILE, --publish, or --show METRIC")
    period = Period(parse_instant("--from", start), parse_instant("--to", end), unit)
    if show is not None:
        check(show, bucket)
    with open_existing(store) as opened:
        if html is not None:
            write(opened, html, period)
        if publish:
            _publish(opened)
        if show is not None:
            print(json.dumps(answer(opened.query, show, bucket), indent=1))


def write(store: "Opened", path: Path, period: "Period") -> None:
    """Write the report of a period into a file and say so.

    Raises:
        UsageError: the period is not legal.
        UserError: the file cannot be written.
    """
    from tokentide.cli.progress import Progress
    from tokentide.reports.page.report import write_report
    from tokentide.reports.page.sections import FIGURES
    from tokentide.schemas.errors import UserError

    with Progress("figures") as progress:
        text = write_report(
            store.query, period, datetime.now(UTC), lambda done: progress.show(done, f" of {len(FIGURES)}")
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(f"--html {path} cannot be written: {error.strerror or error}.") from None
    print(f"report: {path} ({len(FIGURES)} figures, {len(text) / 1e6:.1f} MB)")


def _publish(opened: "Opened") -> None:
    from tokentide.reports.publishing.publish import publish

    done = publish(opened)
    if not done:
        print("nothing to publish: no new day is final")
    for one in done:
        shown = "withheld: too few accounts" if one.withheld else f"{one.shown} shown, {one.folded} in other"
        print(f"{one.day} {one.composition}: {shown} (rules {one.rules})")
