"""The report and rolling views of the three cards as a migration, built from the same statements the queries run.

A view takes its bounds as parameters, for example:
`SELECT * FROM rolling_tool_call_rate(window_s=900, every_s=60, from_s=…, to_s=…, by='model',
unit='requests', top=10)`. `by=''` is one group; bounds are epoch seconds.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tokentide.reports.computed import Computed
from tokentide.reports.dimensions import MODEL_GROUPS_VIEW, Origin, dimensions, model_groups, stored
from tokentide.reports.filters import parse
from tokentide.reports.formulas import Formula
from tokentide.reports.levels import levels
from tokentide.reports.metric import Metric
from tokentide.reports.periods import HOUR_S
from tokentide.reports.registry import METRICS
from tokentide.reports.statements import Fold, Source, calendar, rolling

FILE: Final = Path("sinks/clickhouse/migrations/0100_report_views.sql")
_HEADER: Final = """\
-- repeatable: views only, applied again whenever this text changes.
-- Report and rolling views of three metrics; the others are queries. Generated: python -m tokentide.reports
-- Parameters: from_s, to_s (epoch seconds), unit ('tokens', 'requests', 'usd'), top (largest groups kept),
-- by (a dimension of the metric, or '' for one group), and either bucket_s (4294967295 = everything)
-- or window_s and every_s. Windows read the 10-second level, so they reach back 14 received days.
-- Intervals and known_share of sampled figures are computed by `tokentide query`, not here.
"""


_DROPPED: Final = "-- Views of all other metrics, which older stores have: reading them took most of an opening.\n"


def migration() -> str:
    """Return the text of the migration file."""
    made = [_view(MODEL_GROUPS_VIEW, model_groups())]
    made += [text for metric in METRICS.values() if metric.views for text in _both(metric)]
    dropped = "".join(f"DROP VIEW IF EXISTS {name} {{{{on_cluster}}}};\n" for name in _dropped())
    return f"{_HEADER}\n" + "".join(f"{text};\n\n" for text in made) + f"{_DROPPED}\n{dropped}"


def _dropped() -> list[str]:
    """Return the names of views that metrics had in older stores."""
    names = (f"{prefix}{each.view}" for each in METRICS.values() if each.view for prefix in ("", "rolling_"))
    return [name for name in names if not any(name in each.views for each in METRICS.values())]


def _both(metric: Metric) -> tuple[str, ...]:
    """Return the views of a metric's first shape; none where it is not one statement."""
    shape = metric.shapes[0]
    formula, found = shape.formula, dimensions(shape.origin)
    if isinstance(formula, Computed):
        return ()
    key = _dimension_parameter({name: found[name] for name in metric.dimensions if name in found})
    part = found[metric.within] if metric.within else "''"
    terms = _terms(metric, found)
    stored_ = levels(shape.origin)
    # without top, no group is folded
    fold = Fold(keys=not metric.top_within, parts=metric.top_within)
    either = Source(_either_level(formula, shape.origin), HOUR_S, key, terms, part, found)
    fine = Source(stored_.fine.table, stored_.fine.step_s, key, terms, part, found)
    texts = (calendar(formula, either, fold), rolling(formula, fine, fold))
    return tuple(_view(name, text) for name, text in zip(metric.views, texts, strict=False))


def _terms(metric: Metric, found: Mapping[str, str]) -> tuple[str, ...]:
    """Return the metric's own restrictions as SQL; their values are words of ours."""
    filters = (*parse(metric.fixed), *parse(metric.default))
    terms: list[str] = []
    for each in filters:
        if each.dimension in found:
            listed = ", ".join(f"'{value}'" for value in each.values)
            terms.append(f"{found[each.dimension]} {'IN' if each.keep else 'NOT IN'} ({listed})")
    return tuple(terms)


def _view(name: str, select: str) -> str:
    return f"CREATE OR REPLACE VIEW {name} {{{{on_cluster}}}} AS\n{select}"


def _dimension_parameter(found: Mapping[str, str]) -> str:
    cases = ", ".join(f"{{by:String}} = '{name}', toString({sql})" for name, sql in found.items())
    return f"multiIf({cases}, '')"


def _either_level(formula: Formula, origin: Origin) -> str:
    measures = dict.fromkeys(name for item in formula.sums for name in item.measures)
    columns = ", ".join(("bucket", *stored(origin), *measures))
    fine, hourly = levels(origin).fine, levels(origin).hourly
    return (
        f"(SELECT {columns} FROM {fine.table} WHERE {{bucket_s:UInt32}} < {HOUR_S}\n"
        f"    UNION ALL SELECT {columns} FROM {hourly.table} WHERE {{bucket_s:UInt32}} >= {HOUR_S})"
    )
