"""`tokentide query METRIC`: figures from the stored rollups."""

from typing import Annotated

import typer

from tokentide.cli.options import Store, parse_instant


def command(
    metric: Annotated[str, typer.Argument(help="metric id; `tokentide metrics` lists them")],
    store: Store = None,
    start: Annotated[str | None, typer.Option("--from", help="first instant (UTC unless it says)")] = None,
    end: Annotated[str | None, typer.Option("--to", help="instant after the last")] = None,
    bucket: Annotated[str | None, typer.Option(help="10s, 1m, 1h, 1d, 1w or all")] = None,
    window: Annotated[str | None, typer.Option(help="rolling window: 15m, 2h, 24h or 7d")] = None,
    every: Annotated[str | None, typer.Option(help="step of the rolling window")] = None,
    by: Annotated[str | None, typer.Option(help="dimension to split by")] = None,
    unit: Annotated[str | None, typer.Option(help="tokens, requests, usd or accounts")] = None,
    top: Annotated[int | None, typer.Option(help="how many groups before `other`")] = None,
    only: Annotated[list[str] | None, typer.Option("--filter", help="dimension=value or !=; repeatable")] = None,
    at: Annotated[str | None, typer.Option(help="the dated event a before-and-after metric is about")] = None,
    model: Annotated[str | None, typer.Option(help="this model only: --filter model=...")] = None,
    period: Annotated[str | None, typer.Option(help="cohorts and what follows: month, week or 30d")] = None,
    kind: Annotated[str | None, typer.Option(help="retention: activity or strict")] = None,
    of: Annotated[str | None, typer.Option(help="who is counted: account or app")] = None,
    form: Annotated[str, typer.Option("--format", help="table, json or csv")] = "table",
    meta: Annotated[
        bool, typer.Option("--meta", help="one JSON object: rows, definition, population, freshness")
    ] = False,
) -> None:
    """Answer one metric."""
    from tokentide.cli.reading import open_existing
    from tokentide.reports.answer import run
    from tokentide.reports.filters import given
    from tokentide.reports.population import store_population
    from tokentide.reports.request import Request, resolve
    from tokentide.reports.tables import check_form, render, with_meta

    chosen = {"period": period, "kind": kind, "of": of}
    request = Request(
        metric,
        by=by,
        unit=unit,
        bucket=bucket,
        window=window,
        every=every,
        start=parse_instant("--from", start),
        end=parse_instant("--to", end),
        top=top,
        filters=given([*(only or []), *([f"model={model}"] if model else [])]),
        at=parse_instant("--at", at),
        options={name: value for name, value in chosen.items() if value is not None},
    )
    entry = resolve(request).metric
    check_form(form)
    with open_existing(store) as opened:
        found = run(opened.query, request)
        if meta:
            print(with_meta(found, entry, store_population(opened.query)))
        else:
            print(render(found, form, store_population(opened.query) if form == "table" else None))
