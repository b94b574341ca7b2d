"""The registry says what each metric is, in full, and only about things that exist."""

import json
from collections.abc import Iterable

import pytest

from tokentide.reports import METRICS, describe
from tokentide.reports.computed import Computed
from tokentide.reports.dimensions import Origin, dimensions, stored
from tokentide.reports.formulas import Formula, Kind
from tokentide.reports.metric import Metric
from tokentide.reports.registry import metric
from tokentide.schemas import rollup
from tokentide.schemas.errors import UsageError
from tokentide.schemas.rollup import CUBES, Family

STUDY = {
    "token-share-by-source": {"O-01", "O-02", "X-07"},
    "source-share-summary": {"O-03", "O-04"},
    "release-effect": {"O-05", "O-15"},
    "oss-tokens-by-author": {"O-06"},
    "oss-top-models": {"O-07"},
    "oss-concentration": {"O-08"},
    "size-class-share": {"O-09"},
    "active-models-by-size": {"O-10"},
    "oss-category-mix": {"O-11"},
    "chinese-oss-category-mix": {"O-12"},
    "programming-by-source": {"O-13"},
    "roleplay-by-source": {"O-14"},
    "reasoning-share": {"A-01"},
    "top-reasoning-models": {"A-02"},
    "tool-call-rate": {"A-03"},
    "tool-call-token-share": {"A-03"},
    "tools-offered": {"A-03b"},
    "tool-calls-by-model": {"A-04"},
    "sequence-length": {"A-05", "A-06", "A-08"},
    "length-by-category": {"A-07", "A-09"},
    "input-output-ratio": {"A-10"},
    "category-share": {"C-01"},
    "programming-by-author": {"C-02"},
    "category-sub-tags": {"C-03", "C-04", "C-11"},
    "author-profile": {"C-05", "C-06", "C-07", "C-08", "C-09", "C-10"},
    "continent-share": {"G-01", "G-02"},
    "country-share": {"G-03"},
    "language-share": {"G-04"},
    "price-quadrants": {"P-01"},
    "price-slope": {"P-02"},
    "price-vs-usage": {"P-03"},
    "price-archetypes": {"P-04"},
    "price-change-effect": {"P-05"},
    "release-cadence": {"X-02"},
    "content-filter-rate": {"X-03"},
    "free-variant-share": {"X-04"},
    "paid-after-free": {"X-04"},
    "cost-per-good-request": {"X-05"},
    "agentic-share": {"X-06"},
    "coverage": {"D-01"},
    "volume": {"D-02"},
}
"""What of the study each metric answers, at least."""


@pytest.mark.parametrize("metric_id", sorted(STUDY))
def test_every_figure_of_the_study_has_its_metric(metric_id: str) -> None:
    assert STUDY[metric_id] <= set(METRICS[metric_id].study)


@pytest.mark.parametrize("metric_id", sorted(METRICS))
def test_an_entry_is_a_json_object_with_every_word(metric_id: str) -> None:
    entry = next(entry for entry in describe() if entry["id"] == metric_id)
    assert json.loads(json.dumps(entry)) == entry
    for name in ("title", "definition", "unit", "numerator", "denominator", "population", "filters", "family"):
        assert isinstance(entry[name], str)
        assert entry[name]
    for name in ("study", "units", "caveats", "columns"):
        assert isinstance(entry[name], list)
        assert entry[name]
    for name in ("dimensions", "buckets", "windows", "views", "readings"):
        assert isinstance(entry[name], list)


@pytest.mark.parametrize("metric_id", ["token-share-by-author", "tool-call-rate", "sequence-length"])
def test_the_card_metrics_have_every_bucket_and_window(metric_id: str) -> None:
    entry = METRICS[metric_id].describe()
    assert entry["buckets"] == ["10s", "1m", "1h", "1d", "1w", "all"]
    assert entry["windows"] == ["15m", "2h", "24h", "7d"]
    assert {"model", "author", "gateway", "tenant", "provider", "variant"} <= set(entry["dimensions"])


FORMULAS = [
    (entry, shape.origin, shape.formula)
    for entry in METRICS.values()
    for shape in entry.shapes
    if not isinstance(shape.formula, Computed)
]


@pytest.mark.parametrize(("entry", "origin", "formula"), FORMULAS, ids=lambda value: getattr(value, "id", ""))
def test_formulas_read_only_declared_columns(entry: Metric, origin: Origin, formula: Formula) -> None:
    kinds = {measure.name: measure.kind for measure in CUBES[Family(origin)].measures}
    for item in formula.sums:
        for name in item.measures:
            assert (kinds[name] is rollup.Kind.HISTOGRAM) == (item.kind is Kind.HISTOGRAM)
            # a running sum of weighted squares must be wider than 64 bits
            assert kinds[name] in (rollup.Kind.COUNT, rollup.Kind.HISTOGRAM) or item.kind is Kind.SQUARE
        if item.where is not None:
            assert item.where[0] in dimensions(origin)
    assert entry.by is None or any(entry.by in shape.serves for shape in entry.shapes)


@pytest.mark.parametrize("origin", [Origin.MODEL, Origin.CATEGORY, Origin.PLACE])
def test_dimensions_are_those_of_the_cube(origin: Origin) -> None:
    assert stored(origin) == CUBES[Family(origin)].dimensions


def test_dimensions_of_accounts_are_columns_of_their_table() -> None:
    assert set(stored(Origin.ACCOUNTS)) <= set(rollup.ACCOUNT_DIMENSIONS)


def _names(columns: Iterable[str]) -> set[str]:
    return set(columns)


def test_every_share_of_traffic_stands_in_three_units_with_its_sample_beside_it() -> None:
    for entry, origin, formula in FORMULAS:
        columns = _names(formula.columns)
        if origin is Origin.CATEGORY:
            assert "n" in columns, entry.id
        else:
            assert {"n", "requests", "tokens", "cost_usd", "unpriced"} <= columns, entry.id
        assert "known_share" in entry.columns, entry.id
        if "share" in columns and len(entry.units) > 2:
            assert {"token_share", "request_share", "cost_share"} <= columns, entry.id


def test_every_share_of_a_sample_has_an_interval() -> None:
    for entry, origin, formula in FORMULAS:
        if origin is Origin.CATEGORY and {"share", "rate"} & _names(formula.columns):
            assert {"n", "n_eff", "low", "high", "interval"} <= _names(formula.columns), entry.id


def test_an_unknown_metric_is_told_the_ids() -> None:
    with pytest.raises(UsageError) as caught:
        metric("token-share")
    assert all(metric_id in str(caught.value) for metric_id in STUDY)
