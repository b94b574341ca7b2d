"""The registry says what each metric is, in full, and only about things that exist."""

import json

import pytest

from tokentide.reports import METRICS, describe
from tokentide.reports.formulas import VOLUME
from tokentide.reports.registry import metric
from tokentide.schemas.errors import UsageError
from tokentide.schemas.rollup import MODEL_DIMENSIONS, MODEL_MEASURES, Kind

IDS = {"token-share-by-author", "tool-call-rate", "tool-call-token-share", "sequence-length"}


def test_the_three_metrics_of_the_study_are_there() -> None:
    entries = {entry["id"]: entry for entry in describe()}
    assert set(entries) == IDS
    assert entries["token-share-by-author"]["study"] == ["O-06"]
    assert entries["tool-call-rate"]["study"] == ["A-03"]
    assert entries["tool-call-token-share"]["study"] == ["A-03"]
    assert entries["sequence-length"]["study"] == ["A-05", "A-06", "A-08"]


@pytest.mark.parametrize("metric_id", sorted(IDS))
def test_an_entry_is_a_json_object_with_every_word(metric_id: str) -> None:
    entry = next(entry for entry in describe() if entry["id"] == metric_id)
    assert json.loads(json.dumps(entry)) == entry
    for name in (
        "title",
        "definition",
        "unit",
        "numerator",
        "denominator",
        "population",
        "filters",
        "family",
    ):
        assert isinstance(entry[name], str)
        assert entry[name]
    for name in ("study", "units", "dimensions", "caveats", "buckets", "windows"):
        assert isinstance(entry[name], list)
        assert entry[name]
    assert {"model", "author", "gateway", "tenant", "provider", "variant"} <= set(entry["dimensions"])
    assert entry["buckets"] == ["10s", "1m", "1h", "1d", "1w", "all"]
    assert entry["windows"] == ["15m", "2h", "24h", "7d"]


@pytest.mark.parametrize("metric_id", sorted(IDS))
def test_formulas_read_only_declared_columns(metric_id: str) -> None:
    kinds = {measure.name: measure.kind for measure in MODEL_MEASURES}
    entry = METRICS[metric_id]
    for item in (*VOLUME, *entry.formula.sums):
        wanted = Kind.HISTOGRAM if item.histogram else Kind.COUNT
        assert [kinds[name] for name in item.measures] == [wanted] * len(item.measures)
    assert set(entry.dimensions) <= set(MODEL_DIMENSIONS)


def test_every_share_stands_in_three_units_with_its_sample_beside_it() -> None:
    beside = {"n", "requests", "tokens", "cost_usd", "unpriced", "known_share"}
    for entry in METRICS.values():
        columns = {column.name for column in entry.formula.across}
        assert beside <= columns
        if "share" in columns:
            assert {"token_share", "request_share", "cost_share"} <= columns


def test_an_unknown_metric_is_told_the_ids() -> None:
    with pytest.raises(UsageError) as caught:
        metric("token-share")
    assert all(metric_id in str(caught.value) for metric_id in IDS)
