"""`tokentide report --publish`: figures for strangers, each day of them once."""

from typing import Annotated

import typer

from tokentide.cli.options import Store


def command(
    store: Store = None,
    publish: Annotated[
        bool, typer.Option("--publish", help="publish every final day that is not published yet")
    ] = False,
) -> None:
    """Write what may be shown to strangers into the store's published tables."""
    from tokentide.cli.reading import open_existing
    from tokentide.reports.publishing.publish import publish as publish_days
    from tokentide.schemas.errors import UsageError

    if not publish:
        raise UsageError("say what to report: --publish")
    with open_existing(store) as opened:
        done = publish_days(opened)
    if not done:
        print("nothing to publish: no new day is final")
    for one in done:
        shown = "withheld: too few accounts" if one.withheld else f"{one.shown} shown, {one.folded} in other"
        print(f"{one.day} {one.composition}: {shown} (rules {one.rules})")
