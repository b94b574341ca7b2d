"""`tokentide report`: publish figures for strangers, each day of them once, and show what they read."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from tokentide.cli.options import Store

if TYPE_CHECKING:
    from tokentide.sinks.clickhouse.store import Store as Opened


def command(
    store: Store = None,
    publish: Annotated[
        bool, typer.Option("--publish", help="publish every final day that is not published yet")
    ] = False,
    show: Annotated[str | None, typer.Option(help="a published metric, as strangers read it (JSON)")] = None,
    bucket: Annotated[str, typer.Option(help="of --show: 1d or 1w")] = "1w",
) -> None:
    """Write what may be shown to strangers into the store's published tables, or read it back."""
    from tokentide.cli.reading import open_existing
    from tokentide.reports.publishing.answer import answer, check
    from tokentide.schemas.errors import UsageError

    if not publish and show is None:
        raise UsageError("say what to report: --publish, or --show METRIC")
    if show is not None:
        check(show, bucket)
    with open_existing(store) as opened:
        if publish:
            _publish(opened)
        if show is not None:
            print(json.dumps(answer(opened.query, show, bucket), indent=1))


def _publish(opened: "Opened") -> None:
    from tokentide.reports.publishing.publish import publish

    done = publish(opened)
    if not done:
        print("nothing to publish: no new day is final")
    for one in done:
        shown = "withheld: too few accounts" if one.withheld else f"{one.shown} shown, {one.folded} in other"
        print(f"{one.day} {one.composition}: {shown} (rules {one.rules})")
