"""Counts of accounts from the real engine, equal to counting raw events in plain Python."""

from collections import defaultdict
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from integration.cohorts import market
from integration.cohorts.market import FIRST, Use, account_rows, main_categories, markets

from tokentide.reports.cohorts.accounts import observe
from tokentide.reports.cohorts.asked import NO_HASH
from tokentide.reports.cohorts.calendar import PERIODS
from tokentide.reports.computed import Ask
from tokentide.reports.request import Request, resolve
from tokentide.schemas.errors import UsageError

random_markets = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def ask(engine, request):
    """Answer by the registry's own entry."""
    asked = Ask(engine.query, resolve(request))
    formula = asked.question.shape.formula
    rows = formula.rows(asked)
    names = {*formula.keys(asked.question), *formula.columns}
    assert all({*row} - {"bucket"} == names for row in rows)
    return rows, asked


def cells(rows, by):
    """As the oracle gives them: only what is over."""
    found = defaultdict(dict)
    for row in rows:
        if row["complete"]:
            found[row[by], date.fromisoformat(row["cohort"])][row["offset"]] = (row["n"], row["active"])
        else:
            assert row["retention"] is row["active"] is None
    return dict(found)


@pytest.mark.parametrize("kind", ["activity", "strict"])
@pytest.mark.parametrize("period", PERIODS)
def test_retention_is_counting_raw_events(engine, period, kind):
    @random_markets
    @given(markets)
    def holds(events):
        engine.fill(account_rows(events))
        rows, _ = ask(engine, Request("retention", options={"period": period, "kind": kind}))
        expected = market.retention(events, period, lambda use: use.model)
        which = 2 if kind == "strict" else 1
        assert cells(rows, "model") == {
            key: {offset: (cell[0], cell[which]) for offset, cell in by.items()} for key, by in expected.items()
        }

    holds()


def test_retention_by_category_follows_the_main_one(engine):
    @random_markets
    @given(markets)
    def holds(events):
        engine.fill(account_rows(events))
        rows, _ = ask(engine, Request("retention-by-category"))
        main = main_categories(events)
        expected = market.retention(events, "month", lambda use: main.get(use.who, "") or "unclassified")
        assert cells(rows, "category") == {
            key: {offset: cell[:2] for offset, cell in by.items()} for key, by in expected.items()
        }

    holds()


def test_pairs_of_months_are_the_same_accounts(engine):
    from tokentide.reports.cohorts.accounts import Population
    from tokentide.reports.cohorts.calendar import MONTH
    from tokentide.reports.cohorts.patterns import pairs, parameters
    from tokentide.reports.cohorts.standing_out import paired

    @random_markets
    @given(markets)
    def holds(events):
        engine.fill(account_rows(events))
        extent = observe(engine.query)
        rows = engine.query(pairs(MONTH, Population(), "usage.model"), parameters(MONTH, Population(), extent))
        found = {
            (group, MONTH.start(cohort), pair.earlier, pair.later): (pair.n, pair.gained, pair.lost)
            for (group, cohort), many in paired(rows.to_pylist(), MONTH, extent).items()
            for pair in many
        }
        assert found == market.pairs(events, lambda use: use.model)

    holds()


def test_switching_counts_main_authors_of_neighbouring_months(engine):
    @random_markets
    @given(markets)
    def holds(events):
        engine.fill(account_rows(events))
        rows, _ = ask(engine, Request("switching-matrix"))
        found = {(date.fromisoformat(r["period"]), r["source"], r["target"]): r["accounts"] for r in rows}
        assert found == market.switches(events, lambda use: use.model.split("/")[0])
        for row in rows:
            assert row["low"] <= row["share"] == row["accounts"] / row["n"] <= row["high"]

    holds()


def test_models_per_account_and_the_largest_account(engine):
    @random_markets
    @given(markets)
    def holds(events):
        engine.fill(account_rows(events))
        used, tokens, tools = defaultdict(set), defaultdict(int), defaultdict(int)
        for use in events:
            used[use.who].add(use.model)
            tokens[use.who] += use.tokens
            tools[use.who] += use.tokens if use.tools else 0
        (row,), _ = ask(engine, Request("models-per-account"))
        counts = sorted(len(models) for models in used.values())
        assert row["n"] == len(counts)
        assert row["models_mean"] == pytest.approx(sum(counts) / len(counts))
        assert row["multi_model_share"] == sum(count > 1 for count in counts) / len(counts)
        (row,), _ = ask(engine, Request("largest-account-share"))
        every = sum(tokens.values())
        assert row["share"] == (max(tokens.values()) / every if every else None)
        (row,), _ = ask(engine, Request("tool-call-share-without-largest-account"))
        whole = sum(tools.values())
        rest = {
            (whole - tools[who]) / (every - tokens[who]) if every > tokens[who] else None
            for who in tools
            if tools[who] == max(tools.values())
        }
        assert row["share"] in rest
        assert row["share_with_largest"] == (whole / every if every else None)

    holds()


def steady(key, accounts, low, high):
    return [Use(FIRST + timedelta(days=n), account, "a/one", 10, False, "", key)
            for account in accounts for n in range(low, high, 5)]  # fmt: skip


def test_a_replaced_key_is_neither_churn_nor_new_accounts(engine):
    """Twenty accounts use the model all the time; after 80 days the gateway hashes them with another key."""
    engine.fill(account_rows([*steady("old", range(20), 0, 80), *steady("new", range(20, 40), 80, 160)]))
    rows, asked = ask(engine, Request("retention"))
    assert {row["retention"] for row in rows if row["complete"]} == {1.0}
    assert {row["accounts"] for row in rows} == {20}
    assert {row["rotated"] for row in rows} == {20}
    assert "2 account_key_ids, never compared" in asked.notes[0]


def test_a_month_that_is_not_over_is_null(engine):
    engine.fill(account_rows(steady("k", range(5), 0, 100)))
    rows, _ = ask(engine, Request("retention"))
    last = [row for row in rows if row["offset"] == max(each["offset"] for each in rows)]
    assert [(row["complete"], row["n"], row["active"]) for row in last] == [(False, 0, None)]
    rows, _ = ask(engine, Request("retention", filters={"model": "nobody/knows"}))
    assert rows == []


def test_without_accounts_there_is_no_figure_and_a_note(engine):
    engine.fill([])
    for name in ("retention", "retention-flags", "models-per-account", "switching-matrix", "largest-account-share"):
        rows, asked = ask(engine, Request(name))
        assert rows == []
        assert asked.notes == [NO_HASH]


@pytest.mark.parametrize(
    ("metric", "options", "words"),
    [
        ("volume", {"period": "month"}, "volume has no --period"),
        ("retention", {"period": "day"}, "retention has no period 'day': use one of month, week, 30d"),
    ],
)
def test_an_option_a_metric_does_not_know_is_named(metric, options, words):
    with pytest.raises(UsageError, match=words):
        resolve(Request(metric, options=options))
