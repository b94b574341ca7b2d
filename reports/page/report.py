"""The report: the figures of a period as one file that needs nothing else, to be mailed and kept."""

import html
import json
import re
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

from tokentide.reports.computed import StoreQuery
from tokentide.reports.levels import HOURLY, Extent, extent
from tokentide.reports.page.answers import Answers
from tokentide.reports.page.assets import LIBRARY, SCRIPTS, STYLE, text
from tokentide.reports.page.describe import page
from tokentide.reports.page.sections import FIGURES
from tokentide.reports.page.view import View, check_unit, fitting
from tokentide.reports.periods import HOUR_S, epoch_s, iso
from tokentide.reports.population import Population, store_population
from tokentide.schemas.errors import UsageError

_IMPORT: Final = re.compile(r"^import .*?;\n", re.MULTILINE | re.DOTALL)
_EXPORT: Final = re.compile(r"^export (\{.*?\};\n)?", re.MULTILINE)
_UNITS: Final = {"tokens": "tokens", "requests": "requests", "usd": "USD"}


@dataclass(frozen=True, slots=True)
class Period:
    """What a report is about; None takes the first or last event."""

    start: datetime | None = None
    end: datetime | None = None
    unit: str = "tokens"

    def view(self, held: Extent) -> View:
        """Return the view of it over a store; bounds are whole hours.

        Raises:
            UsageError: a bound or the unit is not legal.
        """
        check_unit(self.unit)
        bounds = [
            None if moment is None else _hour(moment, option)
            for moment, option in ((self.start, "--from"), (self.end, "--to"))
        ]
        first_s = held.first_s if bounds[0] is None else bounds[0]
        end_s = held.end_s if bounds[1] is None else bounds[1]
        if held.n and end_s <= first_s:
            raise UsageError("--to must be later than --from, and the period must have events")
        history_s = held.end_s - held.first_s if held.n else 0
        return View("", bounds[0], bounds[1], fitting(end_s - first_s), self.unit, history_s)


def write_report(
    query: StoreQuery,
    period: Period,
    made_at: datetime,
    progress: Callable[[int], None] = lambda done: None,
) -> str:
    """Return the report's HTML.

    Args:
        query: of the store.
        period: what it is about.
        made_at: when it is made, for its head.
        progress: told how many figures are done.

    Raises:
        UsageError: the period is not legal.
    """
    held = extent(query, HOURLY)
    view = period.view(held)
    answers = Answers(query)
    payloads = []
    for done, figure in enumerate(FIGURES, 1):
        payloads.append(dict(answers.payload(figure, view)))
        progress(done)
    population = store_population(query)
    described = page() | {"payloads": payloads, "population": population.describe()}
    intro = _intro(population, view, held, made_at)
    return _assembled(described, intro, _appendix(described["sections"]), _title(population))


def _hour(moment: datetime, option: str) -> int:
    seconds = epoch_s(moment, option)
    if seconds % HOUR_S:
        raise UsageError(f"{option} must be on a full hour: a report is made of hours and days")
    return seconds


def _title(population: Population) -> str:
    return f"The state of AI here{', simulated' if population.simulated else ''}"


def _intro(population: Population, view: View, held: Extent, made_at: datetime) -> str:
    start_s = held.first_s if view.start_s is None else max(view.start_s, held.first_s)
    end_s = held.end_s if view.end_s is None else min(view.end_s, held.end_s)
    span = f"{iso(start_s)[:10]} to {iso(end_s)[:10]}" if held.n else "an empty store"
    tag = '<strong class="tag">simulated</strong> ' if population.simulated else ""
    warning = (
        "<p><strong>Some or all of this traffic is simulated: the figures describe an invented market.</strong></p>"
        if population.simulated
        else ""
    )
    return (
        f"<h1>The state of AI here, {html.escape(span)}</h1>"
        f'<p class="statement">{tag}{html.escape(_plain(population.statement))}</p>{warning}'
        f"<p>Shares are of {_UNITS[view.unit]} where a figure has a choice. Each figure says how many events it "
        "counts, whose, and whether it is final: provisional ones may still change by events on their way. Prompt "
        "tokens include cached ones, completion tokens include reasoning ones; their sum is what “tokens” means. "
        "The figures follow the chapters of the OpenRouter and a16z <cite>State of AI</cite> study, for the traffic "
        "named above and no other.</p>"
        f'<p class="statement">Made {iso(made_at.astimezone(UTC).timestamp())} by Tokentide.</p>'
    )


def _plain(text: str) -> str:
    """Write times as the page does: a day alone, or a day and a time."""
    return re.sub(r"T(\d\d:\d\d):\d\dZ", r" \1", text.replace("T00:00:00Z", ""))


def _appendix(sections: Sequence[dict[str, Any]]) -> str:
    """Return every definition and caveat once, for readers on paper."""
    seen: dict[str, dict[str, Any]] = {}
    for section in sections:
        for figure in section["figures"]:
            seen.setdefault(figure["metric"], figure)
    entries = "".join(
        f"<dt>{html.escape(name)}</dt><dd>{html.escape(' '.join((figure['definition'], *figure['caveats'])))}</dd>"
        for name, figure in sorted(seen.items())
    )
    return f'<section class="appendix"><h2>Definitions and caveats</h2><dl>{entries}</dl></section>'


def _assembled(described: dict[str, Any], intro: str, appendix: str, title: str) -> str:
    """Put the file together; only its own script may run, and it may fetch nothing."""
    script = bundle()
    digest = b64encode(sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    data = json.dumps(described, ensure_ascii=False, allow_nan=False, separators=(",", ":")).replace("</", "<\\/")
    parts = {
        "<!-- policy -->": policy,
        "<!-- title -->": html.escape(title),
        "/* style */": text(STYLE),
        "<!-- intro -->": intro,
        "<!-- appendix -->": appendix,
        "<!-- page -->": f'<script type="application/json" id="page">{data}</script>',
        "\n/* script */\n": script,
    }
    # in one pass: what is put in is never searched again
    places = re.compile("|".join(re.escape(name) for name in parts))
    return places.sub(lambda found: parts[found.group()], text("report.html"))


def bundle() -> str:
    """Return all scripts of the report as one, without their imports and exports."""
    modules = [_EXPORT.sub("", _IMPORT.sub("", text(name))) for name in (*SCRIPTS, "report.js")]
    body = "\n".join(modules)
    library = text(LIBRARY).replace("</script", "<\\/script")
    return f'{library}\n(() => {{\n"use strict";\n{body}}})();\n'
