"""docs/metrics.md, written from the metric registry."""

from itertools import count
from pathlib import Path
from typing import Final

from tokentide.reports.contradictions import CONTRADICTIONS, Contradiction
from tokentide.reports.metric import Metric
from tokentide.reports.periods import BUCKETS, WINDOWS
from tokentide.reports.registry import METRICS

FILE: Final = Path("docs/metrics.md")

_INTRODUCTION: Final = f"""\
# Metrics

Generated from the metric registry (`reports/registry.py`) by `python -m tokentide.reports`; a test keeps it
fresh. The ids are stable: `tokentide query ID`, `tokentide metrics --format json`.

## What holds for every metric

- **Buckets** `--bucket {"|".join(BUCKETS)}` are UTC; a week is the ISO week and starts on Monday; `all` is
  one row without `bucket`. `--from` and `--to` bound bucket starts as [from, to). A bucket cut by a bound
  holds only the part inside it.
- **Windows** `--window {"|".join(WINDOWS)} --every STEP` end at the multiples of the step since
  1970-01-01T00:00Z; a window [end − window, end) holds whole 10-second buckets. `bucket` is its end and
  `window_start` its start; `--from` and `--to` bound the ends, both included. Without `--from`, at most the
  last 240 windows are given, and the answer says so. Windows without events give no row.
- **Levels**: buckets of an hour and more read the hourly rollups (13 months), everything finer the
  10-second rollups, which are kept for 14 days after receipt. Where those have expired, windows that fit
  whole hours read the hourly rollups; else, without `--from`, the answer starts where the 10-second rollups
  are complete and says so, and with it the question is refused: no answer silently lacks part of its
  traffic. The rolling views read the 10-second level only.
- **Units**: `--unit tokens|requests|usd` chooses what `share` and the ranking mean; `token_share`,
  `request_share` and `cost_share` stand side by side in any case.
- **Filters** `--filter dimension=value` keep, `--filter dimension!=value` leave out; repeat them. A metric's own
  restriction holds beside them; a default one (such as leaving unclassified requests out) gives way to a filter
  on the same dimension.
- **Groups looked up at read time**: `source`, `open`, `size_class`, `active_size_class`, `reasoning`,
  `release_quarter`, `release_order` and `price_tier` come from the newest catalogue, `continent` from the table of
  countries, so a correction corrects the past too. `release_order` is which of its author's releases a model was,
  models of one day being one release: 1st, 2nd, 3rd, 4th to 6th, 7th or later. `price_tier` is by today's list
  price, three prompt tokens to one completion token: free 0, budget below $0.50 per million, mid
  below $3, premium below $15, luxury from there on.
- **Samples**: category figures rest on classified requests, each weighted by 1 / sample_rate. `n` is how many,
  `n_eff` how many of equal weight would carry as much, `low` and `high` a 95 % interval by linearised ratio
  variance. `interval` says how to read it: `design` (everything was classified), `clustered` (by account),
  `lower_bound` (by request; it knows of no accounts whose requests resemble each other), `upper_bound` (of prices,
  by request: wider than chance alone would make it, for products of cost and tokens are not stored). Prompt and
  completion lengths and any-label rates are by request always: what is kept by account has total tokens and
  primary labels only; `total_interval` is that of total lengths.
- **Status**: a row is `final` when everything received until two minutes after its end is settled, else
  `provisional`. An answer is final when all its rows are.
- **Whose traffic**: `--format table` begins with a statement of the store's gateways, period, events and the part
  that carries an account; `--meta` prints one JSON object with it, the definition, period, population, status
  and `rows`. `--format json` alone is the list of rows.
- **Top N**: `--top N` keeps the N largest groups of the whole period, the same ones in every bucket, and adds
  up the rest as `other`, so nothing is left out.
- **Columns beside the figure**: `n` attempts (accepted events), `requests` (attempts with attempt = 1),
  `tokens` (prompt + completion), `cost_usd` (reported), `unpriced` (attempts without a reported cost), and
  `known_share`, the part of `n` that carries the field the figure needs. Null: the denominator is zero.
- **As of**: the newest received time (the broker's clock) that the rollups contain.
- **Why windows roll in ClickHouse**: Faust adds every event once, into 10-second buckets; a window of any
  length and step is then a sum of buckets at read time. Faust's own windowed tables would keep every window
  of every group in memory per worker, double-count after a crash, and could not be asked a new question.
"""

_CONTRADICTIONS: Final = """
## Contradictions of the study, settled

The study contradicts itself in places, and what was written about it contradicts the study. Which denominator, unit
or window holds here, and what the other reading would give:
"""


def page() -> str:
    """Return the text of docs/metrics.md."""
    metrics = "".join(_entry(metric) for metric in METRICS.values())
    return _INTRODUCTION + metrics + _CONTRADICTIONS + "".join(map(_settled, CONTRADICTIONS, count(1)))


def _settled(each: Contradiction, number: int) -> str:
    lines = [f"\n{number}. **{each.claim}** {each.settled}", f"   The other reading: {each.other}"]
    if each.asked:
        lines.append(f"   Ask: {', '.join(f'`{question}`' for question in each.asked)}.")
    return "\n".join(lines) + "\n"


def _entry(metric: Metric) -> str:
    words = metric.definition
    lines = (
        f"\n## {metric.title}\n",
        f"`{metric.id}` · study: {', '.join(metric.study)} · unit: {metric.unit}\n",
        f"- **Numerator**: {words.numerator}.",
        f"- **Denominator**: {words.denominator}.",
        f"- **Population**: {words.population}.",
        f"- **Filters**: {words.filters}.",
        f"- **Units**: {', '.join(metric.units)}.",
        f"- **Dimensions** (`--by`): {', '.join(metric.dimensions) or 'none'}; default {_default(metric)}.",
        f"- **Columns**: {', '.join(f'`{column}`' for column in metric.columns)}.",
        f"- **Source**: {_source(metric)}.",
        *(f"- {caveat}" for caveat in metric.caveats),
        *(f"- Other reading: {reading}" for reading in metric.readings),
    )
    return "\n".join(lines) + "\n"


def _source(metric: Metric) -> str:
    origins = " and ".join(dict.fromkeys(f"*{shape.origin}*" for shape in metric.shapes))
    views = ", ".join(f"`{view}`" for view in metric.views)
    if views:
        return f"{origins}; views {views}"
    return origins if metric.view else f"{origins}; the last step is not SQL"


def _default(metric: Metric) -> str:
    within = f" within {metric.within}" if metric.within else ""
    top = f", the {metric.top} largest" if metric.top else ""
    return f"{metric.by or 'none'}{within}{top}"
