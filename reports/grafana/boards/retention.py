"""Who stays: cohorts of accounts, and how many models an account uses."""

from tokentide.reports.cohorts.calendar import Period
from tokentide.reports.grafana import accounts, fields
from tokentide.reports.grafana.boards.parts import rests_on
from tokentide.reports.grafana.dashboard import Dashboard, Row
from tokentide.reports.grafana.panels import COUNT, SHARE, Panel, lines, override, table
from tokentide.reports.grafana.statement import Asked
from tokentide.reports.registry import metric

_COLUMNS = (
    'toString(cohort) AS "Cohort", offset AS "Offset", accounts AS "Accounts of the cohort", n, '
    'retention AS "Retention"'
)


def board(period: Period) -> Dashboard:
    """Return the board; cohorts are followed by `period`."""
    return Dashboard(
        "tokentide-retention",
        "Tokentide · Retention",
        f"Accounts by the {period.name} of their first use, and how many of them are active later. The newest "
        "offsets are left out until they are over.",
        (
            Row("Cohorts", (_heat(period), _models(period), _categories(period))),
            Row("Models per account", (_per_account(), _several(), _whale())),
            Row("Coverage", (rests_on((fields.ACCOUNT,)),)),
        ),
        start="now-8w",
        refresh="15m",
    )


def _heat(period: Period) -> Panel:
    matrix = {
        "id": "groupingToMatrix",
        "options": {"columnField": "Offset", "rowField": "Cohort", "valueField": "Retention", "emptyValue": "null"},
    }
    found = accounts.retention(Asked("retention", by=""), period)
    sql = (
        'SELECT concat(toString(cohort), \', n = \', toString(accounts)) AS "Cohort", offset AS "Offset", '
        f'retention AS "Retention" FROM (\n{found}\n)\nORDER BY cohort, offset'
    )
    return table(
        "Retention of accounts, all models",
        sql,
        metric("retention"),
        {},
        transformations=(matrix,),
        defaults={
            "unit": SHARE,
            "min": 0,
            "max": 1,
            "decimals": 0,
            "color": {"mode": "continuous-blues"},
            "custom": {"cellOptions": {"type": "color-background", "mode": "basic"}},
        },
        overrides=(override("Cohort\\Offset", ("custom.cellOptions", {"type": "auto"}), ("custom.width", 210)),),
        width=24,
        height=11,
    )


def _models(period: Period) -> Panel:
    sql = (
        f'SELECT grp AS "Model", {_COLUMNS} FROM (\n{accounts.retention(Asked("retention"), period)}\n) '
        "WHERE offset > 0 ORDER BY accounts DESC, grp, cohort, offset LIMIT 500"
    )
    return table("By model, largest cohorts", sql, metric("retention"), {"Retention": SHARE, "n": COUNT})


def _categories(period: Period) -> Panel:
    found = accounts.retention(Asked("retention-by-category"), period)
    sql = (
        f'SELECT grp AS "Main category", {_COLUMNS} FROM (\n{found}\n) '
        "WHERE offset > 0 ORDER BY grp, cohort, offset LIMIT 500"
    )
    about = metric("retention-by-category")
    return table("By main category", sql, about, {"Retention": SHARE, "n": COUNT})


def _per_account() -> Panel:
    names = '"Models per account", "Accounts (n)"'
    sql = f"SELECT time, {names} FROM (\n{accounts.models()}\n) ORDER BY time"
    return lines("Models per account", sql, "", metric("models-per-account"), COUNT, width=8, overrides=_BESIDE)


def _several() -> Panel:
    names = '"Several models", "Several authors", "Tokens of those with several models", "Accounts (n)"'
    sql = f"SELECT time, {names} FROM (\n{accounts.models()}\n) ORDER BY time"
    return lines("Accounts that use several", sql, "", metric("multi-homing"), width=8, overrides=_BESIDE)


def _whale() -> Panel:
    about = metric("largest-account-share")
    return lines("Share of the largest account", accounts.whale(), "", about, width=8, overrides=_BESIDE)


_BESIDE = (
    override(
        "Accounts (n)",
        ("unit", COUNT),
        ("custom.axisPlacement", "right"),
        ("custom.lineStyle", {"fill": "dash", "dash": [4, 6]}),
        ("custom.lineWidth", 1),
        ("color", {"mode": "fixed", "fixedColor": "text"}),
    ),
)
