"""The report and rolling views as a migration, built from the same statements the queries run.

A view takes its bounds as parameters, for example:
`SELECT * FROM rolling_tool_call_rate(window_s=900, every_s=60, from_s=…, to_s=…, by='model',
unit='requests', top=10)`. `by=''` is one group; bounds are epoch seconds.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from tokentide.reports.formulas import VOLUME, Formula
from tokentide.reports.levels import FINE, HOURLY
from tokentide.reports.periods import HOUR_S
from tokentide.reports.registry import METRICS, Metric
from tokentide.reports.statements import Source, calendar, rolling

FILE: Final = Path("sinks/clickhouse/migrations/0100_report_views.sql")
_HEADER: Final = """\
-- repeatable: views only, applied again whenever this text changes.
-- Report and rolling views of the metric registry. Generated: python -m tokentide.reports
-- Parameters: from_s, to_s (epoch seconds), unit ('tokens', 'requests', 'usd'), top (largest groups kept),
-- by (a dimension of the model family, or '' for one group), and either bucket_s (4294967295 = everything)
-- or window_s and every_s. Windows read the 10-second level, so they reach back 14 received days.
"""


def migration() -> str:
    """Return the text of the migration file."""
    statements = (text for metric in METRICS.values() for text in _both(metric))
    return _HEADER + "".join(f"\n{text};\n" for text in statements)


def _both(metric: Metric) -> tuple[str, str]:
    key = _dimension_parameter(metric.dimensions)
    either = Source(_either_level(metric.formula, metric.dimensions), HOURLY.step_s, key)
    fine = Source(FINE.table, FINE.step_s, key)
    return (
        _view(metric.view, calendar(metric.formula, either, fold=True)),
        _view(f"rolling_{metric.view}", rolling(metric.formula, fine, fold=True)),
    )


def _view(name: str, select: str) -> str:
    return f"CREATE OR REPLACE VIEW {name} {{{{on_cluster}}}} AS\n{select}"


def _dimension_parameter(dimensions: Iterable[str]) -> str:
    cases = ", ".join(f"{{by:String}} = '{name}', toString(usage.{name})" for name in dimensions)
    return f"multiIf({cases}, '')"


def _either_level(formula: Formula, dimensions: Iterable[str]) -> str:
    measures = dict.fromkeys(name for item in (*VOLUME, *formula.sums) for name in item.measures)
    columns = ", ".join(("bucket", *dimensions, *measures))
    return (
        f"(SELECT {columns} FROM {FINE.table} WHERE {{bucket_s:UInt32}} < {HOUR_S}\n"
        f"    UNION ALL SELECT {columns} FROM {HOURLY.table} WHERE {{bucket_s:UInt32}} >= {HOUR_S})"
    )
