"""Every query of the live boards, the alert rules and the variables, on the engine."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest
from integration.grafana.boards import (
    EVERYTHING,
    NAMES,
    NOTHING,
    QUOTES,
    SEVERAL,
    answer,
    board,
    own_range,
    targets,
)
from support.grafana_macros import Range, expand

from tokentide.reports.answer import run
from tokentide.reports.grafana import alerts
from tokentide.reports.grafana.fields import COUNTRY, table
from tokentide.reports.grafana.files import LIVE, boards
from tokentide.reports.grafana.rules import RULES, Rule
from tokentide.reports.grafana.variables import VARIABLES
from tokentide.reports.request import Request
from tokentide.sinks.clickhouse.store import Store

UIDS = [each.uid for each in boards()[LIVE] if any(panel.targets for panel in each.panels)]
DAY_S = 86_400


@pytest.mark.parametrize("uid", UIDS)
def test_no_panel_is_empty_at_the_board_s_own_range(live: Store, uid: str) -> None:
    found = board(LIVE, uid)

    empty = [name for name, sql in targets(found) if not answer(live, sql, EVERYTHING, own_range(found))]

    assert empty == []


@pytest.mark.parametrize("uid", UIDS)
def test_nothing_chosen_restricts_nothing(live: Store, uid: str) -> None:
    found, period = board(LIVE, uid), own_range(board(LIVE, uid))

    for name, sql in targets(found):
        assert expand(sql, NOTHING, period) == expand(sql, EVERYTHING, period), name


@pytest.mark.parametrize("uid", UIDS)
def test_a_name_with_quotes_is_only_a_name(live: Store, uid: str) -> None:
    found = board(LIVE, uid)

    for name, sql in targets(found):
        rows = answer(live, sql, QUOTES, own_range(found))
        if "$gateway" in sql and name.startswith(("Traffic of", "Authors", "Open and closed")):
            assert sum(row["n"] for row in rows if "n" in row) == 0, name


@pytest.mark.parametrize("uid", UIDS)
def test_chosen_values_restrict_and_leave_rows(live: Store, uid: str) -> None:
    """Over all eight weeks: the market is small, and two authors are in open, roleplay or retention seldom."""
    found, now = board(LIVE, uid), int(time.time())
    period = Range(now - 56 * DAY_S, now, DAY_S)

    rows = {name: answer(live, sql, SEVERAL, period) for name, sql in targets(found)}

    open_only = ("By author", "By size", "Tokens of the largest open", "Largest open", "By release", "By active")
    empty = [
        name for name, found_ in rows.items() if not found_ and not name.startswith((*open_only, "Categories of"))
    ]
    assert empty == []


def test_a_variable_lists_what_there_is(live: Store) -> None:
    values = {each.name: [row["value"] for row in live.rows(each.options)] for each in VARIABLES}

    assert list(values) == NAMES
    assert values["gateway"] == ["simulated"]
    assert len(values["tenant"]) > 5
    assert "openai" in values["author"]
    assert len(set(values["model"])) == len(values["model"]) > 20


def test_choosing_every_value_is_choosing_all(live: Store) -> None:
    tenants = [row["value"] for row in live.rows(next(each for each in VARIABLES if each.name == "tenant").options)]
    period, sql = Range(midnight(20), midnight(5)), panel("tokentide-overview", "Authors")

    chosen = answer(live, sql, {**EVERYTHING, "tenant": tenants}, period)

    assert chosen == answer(live, sql, EVERYTHING, period)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.uid)
def test_an_alert_rule_gives_one_number(live: Store, rule: Rule) -> None:
    now = int(time.time())

    (row,) = live.rows(expand(rule.sql, {}, Range(now - rule.range_s, now)))

    (value,) = row.values()
    assert float(value) >= 0


def test_an_alert_is_an_annotation_from_its_onset(live: Store) -> None:
    now = int(time.time())

    (shown,) = answer(live, alerts.annotations(), {}, Range(now - 3_600, now))
    later = answer(live, alerts.annotations(), {}, Range(now - 2 * DAY_S, now - DAY_S))

    assert shown["text"] == "it's/one lost 10 points of all tokens."
    assert shown["tags"] == "shift,page,author"
    assert shown["time"] <= shown["timeEnd"]
    assert later == []


def test_what_stands_is_listed_and_its_absence_said(live: Store) -> None:
    now = int(time.time())

    (standing,) = answer(live, alerts.standing(), {}, Range(now - 3_600, now))
    (nothing,) = answer(live, alerts.standing(), {}, Range(now - 2 * DAY_S, now - DAY_S))

    assert (standing["State"], standing["Driver"], standing["n_eff"]) == ("open", "it's/one", 900.0)
    assert nothing["In words"] == "No alert in this range."


def test_a_panel_says_that_a_range_has_no_events(live: Store) -> None:
    (row,) = answer(live, table([COUNTRY]), EVERYTHING, Range(DAY_S, 2 * DAY_S))

    assert (row["n"], row["Known"], row["In words"]) == (0, None, "no events in this range")


def midnight(days_ago: int) -> int:
    return int(time.time()) // DAY_S * DAY_S - days_ago * DAY_S


def asked(live: Store, period: Range, **request: Any) -> list[dict[str, Any]]:
    start, end = (datetime.fromtimestamp(at, UTC) for at in (period.start_s, period.end_s))
    return run(live.query, Request(start=start, end=end, **request)).rows


def panel(uid: str, title: str) -> str:
    (sql,) = [sql for name, sql in targets(board(LIVE, uid)) if name == f"{title} A"]
    return sql


def test_shares_over_time_are_those_of_the_query_command(live: Store) -> None:
    period = Range(midnight(20), midnight(5), 3_000)
    expected = asked(live, period, metric="token-share-by-author", bucket="1h", top=12)

    rows = answer(live, panel("tokentide-overview", "Share by author"), EVERYTHING, period)

    found = {(row["time"], row["Author"]): row["share"] for row in rows}
    wanted = {(datetime.fromisoformat(row["bucket"]).timestamp(), row["author"]): row["share"] for row in expected}
    assert found == pytest.approx(wanted)
    assert len(wanted) > 100


def test_a_total_is_that_of_the_query_command(live: Store) -> None:
    period = Range(midnight(20), midnight(5))
    expected = asked(live, period, metric="category-share")

    rows = answer(live, panel("tokentide-overview", "Categories"), EVERYTHING, period)

    assert {row["Category"]: row["Share"] for row in rows} == pytest.approx(
        {row["category"]: row["share"] for row in expected}
    )


def test_retention_is_that_of_the_query_command(live: Store) -> None:
    period = Range(midnight(56), midnight(0))
    expected = asked(live, period, metric="retention", by="model", top=100_000, options={"period": "week"})
    wanted = {
        (row["model"], row["cohort"], row["offset"]): (row["accounts"], row["n"], row["active"])
        for row in expected
        if row["n"]
    }

    rows = answer(live, panel("tokentide-retention", "By model, largest cohorts"), EVERYTHING, period)

    found = {
        (row["Model"], row["Cohort"], row["Offset"]): (row["Accounts of the cohort"], row["n"], row["Retention"])
        for row in rows
    }
    assert len(found) == 500
    assert {key: (accounts, n) for key, (accounts, n, _) in found.items()} == {key: wanted[key][:2] for key in found}
    assert {key: share for key, (_, _, share) in found.items()} == pytest.approx(
        {key: wanted[key][2] / wanted[key][1] for key in found}
    )


def test_data_quality_is_that_of_the_query_command(live: Store) -> None:
    period = Range(midnight(1), midnight(-1), DAY_S)
    expected = asked(live, period, metric="data-quality", bucket="1d")

    messages = answer(live, panel("tokentide-health", "Messages by fate"), EVERYTHING, period)
    gaps = answer(live, panel("tokentide-health", "What events lack"), EVERYTHING, period)

    assert [row["Stored"] for row in messages] == [row["stored"] for row in expected]
    assert sum(row["Stored"] for row in messages) == 20_000
    for title, column in (
        ("Unknown model", "unmapped_model_rate"),
        ("No cost", "unpriced_rate"),
        ("Late", "late_rate"),
    ):
        assert [row[title] for row in gaps] == pytest.approx([row[column] for row in expected])


def test_accounts_are_those_of_the_query_command(live: Store) -> None:
    period = Range(midnight(20), midnight(5), DAY_S)
    expected = asked(live, period, metric="models-per-account", bucket="1d")

    rows = answer(live, panel("tokentide-retention", "Models per account"), EVERYTHING, period)

    found = {row["time"]: (row["Models per account"], row["Accounts (n)"]) for row in rows}
    wanted = {datetime.fromisoformat(row["bucket"]).timestamp(): (row["models_mean"], row["n"]) for row in expected}
    assert {at: found[at] for at in wanted} == wanted
    assert len(wanted) == 15
