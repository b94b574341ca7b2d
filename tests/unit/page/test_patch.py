"""Patches: what is applied to the payload before gives the payload after."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tokentide.reports.page.patch import patch

ROWS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2)).map(list), max_size=8)


def payload(rows: list[Any], **more: Any) -> dict[str, Any]:
    return {"figure": "f", "columns": ["bucket", "share"], "rows": rows, "n": 1, **more}


def applied(before: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """As the page's `patched` does it."""
    kept = before["rows"][change["drop"] : change["drop"] + change["keep"]]
    return {**before, **change["set"], "rows": [*kept, *change["rows"]]}


@given(ROWS, ROWS, st.integers(0, 1))
def test_a_patch_turns_one_into_the_other(old: list[Any], new: list[Any], n: int) -> None:
    before, after = payload(old), payload(new, n=n)
    change = patch(before, after)
    assert (change is None) == (before == after)
    if change is not None:
        assert applied(before, change) == after


def test_only_the_last_bucket_travels() -> None:
    change = patch(payload([[1, 1], [2, 2], [3, 3]]), payload([[1, 1], [2, 2], [3, 4]], n=2))
    assert change == {"figure": "f", "drop": 0, "keep": 2, "rows": [[3, 4]], "set": {"n": 2}}


def test_a_bucket_that_slides_out_is_dropped() -> None:
    change = patch(payload([[1, 1], [2, 2], [3, 3]]), payload([[2, 2], [3, 3], [4, 1]]))
    assert change == {"figure": "f", "drop": 1, "keep": 2, "rows": [[4, 1]], "set": {}}


def test_other_columns_mean_all_rows() -> None:
    change = patch(payload([[1, 1]]), payload([[1, 1]], columns=["bucket", "tokens"]))
    assert change is not None
    assert (change["keep"], change["rows"]) == (0, [[1, 1]])
