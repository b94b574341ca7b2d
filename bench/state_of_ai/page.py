"""docs/state-of-ai-2025.md from docs/state-of-ai-2025.json."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

DOCS: Final = Path(__file__).parents[2] / "docs"
RESULTS: Final = DOCS / "state-of-ai-2025.json"
PAGE: Final = DOCS / "state-of-ai-2025.md"

_HEAD: Final = """# The study's market, simulated and measured

Written by `python -m bench.state_of_ai`; do not edit.

**Everything on this page is simulated.** `tokentide simulate --scenario state-of-ai-2025` draws a market whose
latent parameters are set from published figures ([simulation.md](simulation.md)); its events went through Kafka,
the Faust worker and ClickHouse like any others; [metrics.md](metrics.md) defines what is measured. Published
numbers are inputs of the scenario and reference lines. Nothing is tested against them, and what is measured here
says nothing about the real market.

Source of the published figures: A. Aubakirova et al., *State of AI: An Empirical 100 Trillion Token Study*,
OpenRouter and a16z, 2025."""
_SET: Final = """## A. Published, set, measured

What the scenario was given, and what the pipeline says of it. A measure may differ from what was set: shares are
drawn, parts contradict each other ([simulation.md](simulation.md)), and accounts that should be active may find no
request left. Months of retention come through the account metrics, flags by their own rules."""
_EMERGED: Final = """## B. What was not set

Growth, sequence length, prompt tokens per completion token and the part outside the United States follow at once
from what was set, and only check the arithmetic. The others follow from the model catalogue, the profiles and the
pull of each model. *alike* reads the study's words as a range (of the slope: whether its interval holds the
published value), for this page alone; a *no* is a limit of the simulator, not of the measurement."""
_COMPARED: Final = """## C. Metric by metric against the oracle

The simulator counts its own events (numpy, no SQL, no code of `reports`). Rows are matched by time and dimensions;
missing and surplus rows count as differences. Integers and words must be equal; fractions within 1e-9, quantiles
from histograms within 1 %. *largest* is the largest relative difference of a fraction, *of quantiles* that of
p50, p90 and p99."""
_WITHOUT: Final = (
    "has no oracle: it is a verdict of tests, proved by error rates over markets of known truth, not by one market."
)


def page(results: Mapping[str, Any]) -> str:
    """Return the page."""
    parts = (
        _HEAD,
        _run(results["run"]),
        _SET,
        _table(("parameter", "study", "published", "set", "measured"), results["set"]),
        _EMERGED,
        _emerged(results["emerged"]),
        _COMPARED,
        _compared(results["compared"]),
    )
    return "\n\n".join(parts) + "\n"


def _run(run: Mapping[str, Any]) -> str:
    return (
        f"Simulated: {run['events']:,} events, seed {run['seed']}, label rate {run['label_rate']:g}; one simulated "
        f"token stands for {run['scale']:,.0f} real ones.\nMeasured: {run['measured']}, {run['stored']:,} facts "
        f"stored, {run['broker']}."
    )


def _table(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    lines = [f"| {' | '.join(str(row[name]) for name in columns)} |" for row in rows]
    return "\n".join((f"| {' | '.join(columns)} |", "|" + "---|" * len(columns), *lines))


def _emerged(rows: Sequence[Mapping[str, Any]]) -> str:
    told = [row | {"alike": "yes" if row["emerged"] else "no"} for row in rows]
    return _table(("figure", "study", "published", "measured", "alike"), told)


def _compared(rows: Sequence[Mapping[str, Any]]) -> str:
    counted = [row for row in rows if row["questions"]]
    total = (
        f"{len(counted)} metrics, {sum(row['questions'] for row in counted)} questions, "
        f"{sum(row['rows'] for row in counted):,} rows: {sum(row['differences'] for row in counted):,} differences."
    )
    told = [
        row
        | {"metric": f"`{row['metric']}`", "rows": f"{row['rows']:,}", "largest": f"{row['largest']:.1e}"}
        | {"of quantiles": f"{row['largest_quantile']:.2%}" if row["largest_quantile"] else ""}
        for row in counted
    ]
    columns = ("metric", "questions", "rows", "columns", "differences", "largest", "of quantiles")
    without = [f"`{row['metric']}` {_WITHOUT}" for row in rows if not row["questions"]]
    return "\n\n".join((total, _table(columns, told), *without))


def results() -> dict[str, Any]:
    """Return what was measured last."""
    found: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8"))
    return found
