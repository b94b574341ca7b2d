"""The store that answers are timed on: its days are sealed, and every metric has an answer."""

from datetime import UTC, datetime
from pathlib import Path

from bench.large_store import rollup_rows, rows_of, write_large
from bench.questions import PERIOD, questions
from tokentide.reports.answer import run
from tokentide.reports.levels import HOURLY, extent
from tokentide.sinks.clickhouse.levels import SEALED_LEVELS
from tokentide.sinks.clickhouse.opening import open_store
from tokentide.sinks.clickhouse.sealed import sealed_days


def test_every_metric_answers_from_a_store_made_of_invented_rows(tmp_path: Path) -> None:
    write_large(tmp_path / "large", lambda _: None, days=3, fine_days=0)
    with open_store(f"chdb://{tmp_path / 'large'}") as store:
        rows = rows_of(store)
        assert rollup_rows(rows.items()) == 3 * 24 * (1200 + 800 + 900)
        assert all(len(sealed_days(store.query, level)) == 2 for level in SEALED_LEVELS)
        end = datetime.fromtimestamp(extent(store.query, HOURLY).end_s, UTC)
        asked = [each for each in questions(end) if each.form == PERIOD]
        answers = {each.request.metric: run(store.query, each.request).rows for each in asked}
    assert sum(bool(found) for found in answers.values()) > 40
