"""Payloads: what is said of a figure, and what is said where there is nothing."""

from typing import Any

import pytest

from tokentide.reports.answer import Result
from tokentide.reports.page.fields import FIELDS, Known
from tokentide.reports.page.payload import payload, unanswered
from tokentide.reports.page.sections import FIGURES

EVERYTHING = Known(10, dict.fromkeys(FIELDS, 10))
BY_ID = {figure.id: figure for figure in FIGURES}


def result(*rows: dict[str, Any], keys: tuple[str, ...] = ()) -> Result:
    return Result(
        metric="m", title="t", unit="tokens", by=None, columns=(), rows=list(rows), as_of="2026-01-05T10:00:00.000Z",
        period="2026-01-05T00:00:00Z to 2026-01-06T00:00:00Z", population="all accepted events of the store",
        level=None, notes=(), status="provisional", keys=keys,
    )  # fmt: skip


def row(author: str, share: float, bucket: str = "2026-01-05T00:00:00Z", **more: Any) -> dict[str, Any]:
    known = {"share": share, "tokens": 5, "n": 4, "known_share": 1.0, "status": "final"}
    return {"bucket": bucket, "author": author, **known, **more}


def test_cells_are_the_columns_shown_and_whether_the_row_is_final() -> None:
    found = payload(BY_ID["authors"], result(row("qwen", 1 / 3), keys=("author",)), EVERYTHING, "tokens")
    assert found.columns == ("bucket", "author", "share", "final")
    assert found.rows == (("2026-01-05T00:00:00Z", "qwen", 0.333333, 1),)
    assert (found.n, found.status, found.keys) == (4, "provisional", ("author",))


def test_a_sentence_names_the_largest_and_the_change() -> None:
    days = [f"2026-01-0{day}T00:00:00Z" for day in range(1, 6)]
    rows = [row(name, share, day) for day, q in zip(days, (0.1, 0.2, 0.3, 0.4, 0.6), strict=True)
            for name, share in (("qwen", q), ("google", 1 - q))]  # fmt: skip
    found = payload(BY_ID["authors"], result(*rows, keys=("author",)), EVERYTHING, "tokens")
    assert found.finding == (
        "2026-01-05: qwen 60.0 %, google 40.0 %. Since 2026-01-02, google went down from 80.0 % to 40.0 %."
    )


def test_a_field_nobody_sends_is_named() -> None:
    nobody = Known(10, EVERYTHING.counts | {"billing_country": 0})
    found = payload(BY_ID["continents"], result(), nobody, "tokens")
    assert found.missing == "0 % of requests carry billing_country."
    assert "--field 'billing_country=DE'" in found.how
    assert found.known == 0.0


def test_a_bucket_without_the_field_has_no_value() -> None:
    """Before anybody sent tools_offered, 0 % would be a claim."""
    silent = row("", 0.0, known_share=0.0) | {"invoked_per_offered": None}
    found = payload(BY_ID["tools-offered"], result(silent), EVERYTHING, "tokens")
    assert found.rows[0][1] is None


def test_no_events_is_said_before_missing_fields() -> None:
    empty = Known(0, dict.fromkeys(FIELDS, 0))
    assert payload(BY_ID["continents"], result(), empty, "tokens").missing == "No events in this period yet."


def test_a_number_is_picked_from_its_rows() -> None:
    rows = [{"open": name, "share": share, "n": 1, "known_share": 1.0, "status": "final"}
            for name, share in (("yes", 0.3), ("no", 0.7))]  # fmt: skip
    found = payload(BY_ID["open"], result(*rows, keys=("open",)), EVERYTHING, "tokens")
    assert [cells[1] for cells in found.rows] == [0.3]
    assert found.n == 2, "a share counts its whole"


@pytest.mark.parametrize(("wanted", "unit"), [("usd", "usd"), ("tokens", "tokens")])
def test_what_cannot_be_answered_says_why(wanted: str, unit: str) -> None:
    found = unanswered(BY_ID["authors"], "the 10-second rollups have expired", wanted)
    assert (found.missing, found.unit, found.rows) == ("the 10-second rollups have expired", unit, ())


def test_cohorts_are_shown_from_their_second_period_on_and_counted_from_the_first() -> None:
    known = {
        "model": "a/b",
        "cohort": "2026-01-05",
        "accounts": 7,
        "n": 7,
        "low": 0.1,
        "high": 0.9,
        "status": "final",
    }
    rows = [known | {"offset": offset, "retention": kept} for offset, kept in ((0, 1.0), (1, 0.5), (2, None))]
    keys = ("model", "cohort", "offset")
    found = payload(BY_ID["cohorts"], result(*rows, keys=keys), EVERYTHING, "tokens")
    assert [cells[2] for cells in found.rows] == [1]
    assert found.n == 7
    young = payload(BY_ID["cohorts"], result(rows[0], keys=keys), EVERYTHING, "tokens")
    assert young.missing == "No cohort has been observed for a whole period after its first yet."
