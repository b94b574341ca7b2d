"""Every query of the boards over the study's year, thirteen months at their own fixed range."""

from typing import Any

import pytest
from integration.grafana.boards import EVERYTHING, SEVERAL, answer, board, own_range, targets

from tokentide.reports.grafana.files import PAST, boards
from tokentide.sinks.clickhouse.levels import SEALED_LEVELS
from tokentide.sinks.clickhouse.sealed import sealed_days
from tokentide.sinks.clickhouse.sealing import seal_day
from tokentide.sinks.clickhouse.store import Store

UIDS = [each.uid for each in boards()[PAST]]


@pytest.mark.parametrize(
    ("uid", "unit"),
    [*((uid, "tokens") for uid in UIDS), ("tokentide-overview-2025", "requests"), ("tokentide-overview-2025", "usd")],
)
def test_no_panel_is_empty_at_the_board_s_own_range(past: Store, uid: str, unit: str) -> None:
    found = board(PAST, uid)

    empty = [
        name for name, sql in targets(found) if not answer(past, sql, {**EVERYTHING, "unit": unit}, own_range(found))
    ]

    assert empty == []


@pytest.mark.parametrize("uid", UIDS)
def test_queries_run_with_several_values_chosen(past: Store, uid: str) -> None:
    found = board(PAST, uid)

    answers = [answer(past, sql, SEVERAL, own_range(found)) for _, sql in targets(found)]

    assert any(answers), "no panel has a row"


def test_stacked_shares_add_up_to_one(past: Store) -> None:
    found = board(PAST, "tokentide-open-vs-closed-2025")
    (sql,) = [sql for name, sql in targets(found) if name == "Open and closed models A"]

    rows = answer(past, sql, EVERYTHING, own_range(found))

    weeks = {row["time"] for row in rows}
    assert len(weeks) >= 56
    for week in weeks:
        assert sum(row["share"] for row in rows if row["time"] == week) == pytest.approx(1)


def test_sealed_days_change_no_figure(past: Store) -> None:
    """The last test of the module: it seals what the market was received on."""
    uids = ("tokentide-open-vs-closed-2025", "tokentide-categories-2025", "tokentide-places-2025")
    asked = [(found, *each) for found in (board(PAST, uid) for uid in uids) for each in targets(found)]
    before = [answer(past, sql, EVERYTHING, own_range(found)) for found, _, sql in asked]

    for level in SEALED_LEVELS:
        for row in past.rows("SELECT DISTINCT received_day AS day FROM usage_model_1h"):
            seal_day(past, level, row["day"])

    assert all(sealed_days(past.query, level) for level in SEALED_LEVELS)
    for rows, (found, name, sql) in zip(before, asked, strict=True):
        after = answer(past, sql, EVERYTHING, own_range(found))
        one, other = keyed(after), keyed(rows)
        assert one.keys() == other.keys(), name
        assert {key: pytest.approx(numbers) for key, numbers in other.items()} == one, name


def keyed(rows: list[dict[str, Any]]) -> dict[tuple[str, ...], list[float]]:
    """Return the numbers of rows by what they are about: groups of one bucket come in any order."""
    found = {
        tuple(str(value) for name, value in row.items() if name == "time" or isinstance(value, str)): [
            float(value) for name, value in row.items() if name != "time" and isinstance(value, float | int)
        ]
        for row in rows
    }
    assert len(found) == len(rows)
    return found
