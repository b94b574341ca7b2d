"""The data source at `tokentide store --read-only`: its grants, its readonly mode and its rules allow every query."""

from collections.abc import Iterator
from typing import Any

import pytest
from integration.grafana.boards import QUOTES, own_range, targets
from support.grafana_macros import Range, expand
from support.store_process import StoreProcess

from tokentide.reports.grafana import alerts
from tokentide.reports.grafana.files import LIVE, boards
from tokentide.reports.grafana.rules import RULES
from tokentide.reports.grafana.variables import VARIABLES

HOUR = Range(1_700_000_000, 1_700_003_600)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A client over HTTP, as the data source is, that may only read a store without events."""
    path = tmp_path_factory.mktemp("readers") / "data"
    with StoreProcess.start(path) as made:
        assert made.stop() == 0
    with StoreProcess.start(path, "--read-only") as running, running.client() as client:
        yield client


@pytest.mark.parametrize("board", boards()[LIVE], ids=lambda board: board.uid)
def test_a_reader_may_ask_what_a_board_asks(reader: Any, board: Any) -> None:
    for name, sql in targets(board):
        answer = reader.query_arrow(expand(sql, QUOTES, own_range(board)), settings={"max_execution_time": 30})
        assert answer.column_names, name


@pytest.mark.parametrize(
    "sql",
    [*(rule.sql for rule in RULES), *(each.options for each in VARIABLES), alerts.annotations()],
    ids=[*(rule.uid for rule in RULES), *(each.name for each in VARIABLES), "annotations"],
)
def test_a_reader_may_ask_what_rules_variables_and_annotations_ask(reader: Any, sql: str) -> None:
    assert reader.query_arrow(expand(sql, {}, HOUR)).column_names


def test_a_reader_changes_nothing(reader: Any) -> None:
    with pytest.raises(Exception, match="readonly|privileges|ACCESS_DENIED|READONLY|only"):
        reader.command("INSERT INTO alert_state (watch) VALUES ('x')")
