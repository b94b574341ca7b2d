"""An answer reads well in a terminal, and as JSON and CSV it is exact."""

import csv
import io
import json
from dataclasses import replace
from typing import Any

import pytest

from tokentide.reports import FORMATS, Result, render
from tokentide.schemas.errors import UsageError


def row(**values: Any) -> dict[str, Any]:
    return {
        "bucket": "2025-11-03T00:00:00Z", "author": "openai", "share": 0.25, "tokens": 63_232_331,
        "requests": 4991, "cost_usd": 163.1296, "token_share": 0.25, "cost_share": None, "n": 4991,
        "unpriced": 0, "known_share": 1.0,
    } | values  # fmt: skip


ROWS = [
    row(),
    row(author="", share=0.75, token_share=0.75, tokens=1_500_000_000_000, cost_usd=0.0012, requests=12),
]
RESULT = Result(
    metric="token-share-by-author",
    title="Share of all tokens",
    unit="tokens",
    by="author",
    columns=tuple(ROWS[0]),
    rows=ROWS,
    as_of="2025-11-04T00:00:00.000Z",
    period="2025-11-03T00:00:00Z to 2025-11-04T00:00:00Z",
    population="all accepted events of the store",
    level="hourly rollups",
    notes=("only some windows",),
)


def test_a_table_says_what_it_shows_then_aligned_human_numbers() -> None:
    head, note, blank, names, rule, first, second = render(RESULT, "table").splitlines()
    for word in ("token-share-by-author", "by author", "tokens", RESULT.period, "all accepted", "as of 2025"):
        assert word in head
    assert note == "note: only some windows"
    assert blank == ""
    assert names.split() == ["bucket", "author", "share", "tokens", "requests", "cost", "cost", "share", "n"]
    assert set(rule) == {"-", " "}
    assert first.split() == [
        "2025-11-03", "00:00:00", "openai", "25.00%", "63.23M", "4,991", "$163.13", "-", "4,991",
    ]  # fmt: skip
    assert "(none)" in second
    assert "1.50T" in second
    assert "$0.001200" in second
    assert len({len(line) for line in (rule, first, second)}) == 1


def test_a_table_hides_only_what_repeats_or_is_complete() -> None:
    assert "known share" not in render(RESULT, "table")
    assert "unpriced" not in render(RESULT, "table")
    partly = replace(RESULT, rows=[row(known_share=0.5, unpriced=3)])
    assert "known share" in render(partly, "table")
    assert "unpriced" in render(partly, "table")


def test_json_is_a_list_of_the_rows_as_they_are() -> None:
    assert json.loads(render(RESULT, "json")) == ROWS
    assert render(replace(RESULT, rows=[]), "json") == "[]"


def test_csv_has_a_header_even_without_rows() -> None:
    found = list(csv.DictReader(io.StringIO(render(RESULT, "csv"))))
    assert [float(item["share"]) for item in found] == [0.25, 0.75]
    assert found[0]["cost_share"] == ""
    assert render(replace(RESULT, rows=[]), "csv") == ",".join(RESULT.columns)


def test_an_empty_table_says_so() -> None:
    assert render(replace(RESULT, rows=[], as_of=None), "table").splitlines()[-1] == "no events"


def test_an_unknown_format_is_told_the_legal_ones() -> None:
    with pytest.raises(UsageError, match="table, json, csv"):
        render(RESULT, "yaml")
    assert FORMATS == ("table", "json", "csv")
