"""Every query of the boards over the study's year, thirteen months at their own fixed range."""

import pytest
from integration.grafana.boards import EVERYTHING, SEVERAL, answer, board, own_range, targets

from tokentide.reports.grafana.files import PAST, boards
from tokentide.sinks.clickhouse.store import Store

UIDS = [each.uid for each in boards()[PAST]]


@pytest.mark.parametrize("uid", UIDS)
@pytest.mark.parametrize("unit", ["tokens", "requests", "usd"])
def test_no_panel_is_empty_at_the_board_s_own_range(past: Store, uid: str, unit: str) -> None:
    found = board(PAST, uid)

    empty = [
        name for name, sql in targets(found) if not answer(past, sql, {**EVERYTHING, "unit": unit}, own_range(found))
    ]

    assert empty == []


@pytest.mark.parametrize("uid", UIDS)
def test_queries_run_with_several_values_chosen(past: Store, uid: str) -> None:
    found = board(PAST, uid)

    for _, sql in targets(found):
        answer(past, sql, SEVERAL, own_range(found))


def test_stacked_shares_add_up_to_one(past: Store) -> None:
    found = board(PAST, "tokentide-open-vs-closed-2025")
    (sql,) = [sql for name, sql in targets(found) if name == "Open and closed models A"]

    rows = answer(past, sql, EVERYTHING, own_range(found))

    weeks = {row["time"] for row in rows}
    assert len(weeks) >= 56
    for week in weeks:
        assert sum(row["share"] for row in rows if row["time"] == week) == pytest.approx(1)
