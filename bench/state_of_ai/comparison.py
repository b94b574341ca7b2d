"""Every metric of the registry against the oracle, summed up by metric."""

from bench.state_of_ai.answers import Answers, Row
from tokentide.reports.registry import METRICS


def rows(market: Answers) -> list[Row]:
    """Return one row per metric of the registry."""
    return [_row(market, name) for name in METRICS]


def _row(market: Answers, metric: str) -> Row:
    if metric not in market.oracle:
        return {"metric": metric, "questions": 0, "rows": 0, "columns": 0, "differences": 0}
    found = [difference for _, difference in market.differences(metric)]
    return {
        "metric": metric,
        "questions": len(found),
        "rows": sum(each.rows for each in found),
        "columns": len({name for each in found for name in each.columns}),
        "differences": sum(len(each.wrong) for each in found),
        "largest": max(each.largest for each in found),
        "largest_quantile": max(each.largest_quantile for each in found),
    }
