"""The benchmark of the alerts: scenarios made elsewhere, known changes, intervals, tables that match the figures."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.shares import CELL_S, DAY_CELLS, MEMBERS, NOW, START, WEEKS, quiet, times

from bench.alerts import page
from bench.alerts.figures import proportion
from bench.alerts.foreign import judge, scenarios
from bench.alerts.injection import after, relabelled, spread, thinned, to_share
from bench.alerts.pools import Pool, lognormal
from tokentide.schemas.errors import UserError

HOUR_S = 3_600


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    """Return a folder with three weeks, half a day of test, and one step in it."""
    folder = tmp_path / "market" / "one"
    folder.mkdir(parents=True)
    cells = quiet(START, (WEEKS * 7 * DAY_CELLS) + DAY_CELLS // 2, seed=5)
    cells = times(cells, 1, 2.5, NOW + 2 * HOUR_S)
    rows = {
        "bucket": pa.array(np.repeat(cells.start, 5), pa.int64()).cast(pa.timestamp("s", "UTC")),
        "author": list(MEMBERS) * len(cells.start),
        "requests": cells.events.ravel().astype(np.int64),
        "tokens": cells.amount.ravel(),
        "tokens_sq": cells.amount_sq.ravel(),
    }
    pq.write_table(pa.table(rows), folder / "rollups.parquet")
    step = {"at": NOW + 2 * HOUR_S, "watch": "author", "member": "bee", "points": 20, "class": "shift"}
    truth = {"watches": ["author"], "test_from": NOW, "changes": [step]}
    (folder / "truth.json").write_text(json.dumps(truth))
    return folder


def test_a_scenario_made_elsewhere_is_judged(scenario: Path) -> None:
    found = judge(scenario)
    assert (found["false_pages"], found["watches"]) == (0, ["author"])
    (change,) = found["changes"]
    assert (change["hit"], change["driver_right"], change["told"]) == (True, True, "shift")
    assert 0 < change["delay_min"] <= 20
    assert 0 < found["detection_limit_pp"]["author"]["7200"] < found["detection_limit_pp"]["author"]["900"] < 15


def test_a_scenario_without_a_week_of_history_is_told(scenario: Path) -> None:
    (scenario / "truth.json").write_text(json.dumps({"watches": ["author"], "test_from": START + 3_600}))
    with pytest.raises(UserError, match="less than a week"):
        judge(scenario)


def test_a_change_the_truth_does_not_know_is_a_false_page(scenario: Path) -> None:
    (scenario / "truth.json").write_text(json.dumps({"watches": ["author"], "test_from": NOW, "changes": []}))
    assert judge(scenario)["false_pages"] == 1


def test_a_test_beyond_the_buckets_is_told(scenario: Path) -> None:
    (scenario / "truth.json").write_text(json.dumps({"watches": ["author"]}))
    with pytest.raises(UserError, match="test_from is not within"):
        judge(scenario)


def test_a_folder_without_truth_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"truth\.json"):
        scenarios(tmp_path)


def test_scenarios_are_found_in_folders_as_well(scenario: Path) -> None:
    assert scenarios(scenario) == [scenario]
    assert scenarios(scenario.parent) == [scenario]


@pytest.mark.parametrize("make", ["thinned", "relabelled", "spread"])
def test_a_known_change_is_as_large_as_it_says(make: str) -> None:
    rng = np.random.default_rng(0)
    cells = quiet(START, 2 * DAY_CELLS, seed=6)
    part = after(cells, START + DAY_CELLS * CELL_S, np.inf)
    made = {
        "thinned": lambda: thinned(cells, 0, to_share(0.4, 0.25), part, rng),
        "relabelled": lambda: relabelled(cells, 0, 0.15 / 0.6, part, rng),
        "spread": lambda: spread(cells, 0, 0.15 / 0.4, part, rng),
    }[make]()
    changed = made.amount[DAY_CELLS:].sum(axis=0)
    assert changed[0] / changed.sum() == pytest.approx(0.55 if make == "relabelled" else 0.25, abs=0.01)
    assert np.array_equal(made.amount[:DAY_CELLS], cells.amount[:DAY_CELLS])
    if make != "thinned":
        assert made.amount.sum() == pytest.approx(cells.amount.sum())


def test_a_change_inside_a_cell_affects_the_rest_of_it() -> None:
    cells = quiet(START, 3, seed=7)
    assert after(cells, START + 450, START + 750).tolist() == [0.0, 0.5, 0.5]


def test_sums_of_lengths_are_as_if_drawn_one_by_one() -> None:
    rng = np.random.default_rng(1)
    pool = Pool.of(lognormal(100.0, 4.0, rng), rng)
    sums, squares = pool.draw(np.full(4_000, 1_234), rng)
    assert sums.mean() == pytest.approx(1_234 * 100, rel=0.02)
    assert sums.std() == pytest.approx(100 * np.sqrt(1_234 * 3), rel=0.1)
    assert (squares.mean() / (sums.mean() ** 2 / 1_234)) == pytest.approx(4, rel=0.1)


def test_intervals_are_exact() -> None:
    assert proportion([True] * 300) == {"n": 300, "hit": 300, "lower95": 0.9878, "upper95": 1.0}
    assert proportion([])["lower95"] is None


def test_the_tables_of_the_page_are_those_of_the_figures() -> None:
    text = page.PAGE.read_text(encoding="utf-8")
    assert page.tables(text, json.loads(page.RESULTS.read_text(encoding="utf-8"))) == text
    assert text.count("<!-- /") == 7
