"""Small cells are folded into `other`, until that is safe too."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokentide.reports.publishing.bucket import Bucket
from tokentide.reports.publishing.folding import fold
from tokentide.reports.publishing.rules import rounded

Row = tuple[str, int, tuple[float, float, float]]


def cell(name: str, *tokens: float, first: int = 0) -> list[Row]:
    """A member with one account per number of tokens."""
    return [(name, first + number, (value, 1.0, value)) for number, value in enumerate(tokens)]


BIG = cell("big", *[10.0] * 30)
WIDE = cell("wide", *[5.0] * 20, first=100)


def test_members_of_enough_accounts_are_all_shown() -> None:
    result = fold(Bucket.of([*BIG, *WIDE]))
    assert (result.shown, result.folded) == (("big", "wide"), ())


def test_one_small_member_takes_the_smallest_safe_one_with_it() -> None:
    """Alone it would be the total less what is shown."""
    third = cell("third", *[9.0] * 40, first=200)
    result = fold(Bucket.of([*BIG, *WIDE, *third, *cell("small", 3.0, first=300)]))
    assert (result.shown, result.folded) == (("big", "third"), ("small", "wide"))
    assert result.reasons["small"] == "fewer than 10 accounts"


@pytest.mark.parametrize(
    ("volumes", "why"),
    [
        ([100.0, *[1.0] * 30], "one account makes more than 50%"),
        ([50.0, 40.0, *[1.0] * 20], "two accounts make more than 80%"),
    ],
)
def test_a_member_that_one_or_two_accounts_make_is_folded(volumes: list[float], why: str) -> None:
    result = fold(Bucket.of([*BIG, *WIDE, *cell("led", *volumes, first=500)]))
    assert "led" not in result.shown
    assert result.reasons["led"] == why


def test_exactly_half_and_exactly_ten_accounts_may_be_shown() -> None:
    half = cell("half", 9.0, *[1.0] * 9, first=700)
    assert "half" in fold(Bucket.of([*BIG, *WIDE, *half])).shown
    nine = cell("nine", *[1.0] * 9, first=700)
    assert "nine" not in fold(Bucket.of([*BIG, *WIDE, *nine])).shown


def test_dominance_in_any_unit_counts() -> None:
    dear: list[Row] = [("dear", 800 + number, (1.0, 1.0, 0.001)) for number in range(20)]
    dear.append(("dear", 900, (1.0, 1.0, 50.0)))
    assert "dear" not in fold(Bucket.of([*BIG, *WIDE, *dear])).shown


def test_a_bucket_of_too_few_accounts_is_withheld_whole() -> None:
    result = fold(Bucket.of([*cell("a", 1.0, 2.0), *cell("b", 1.0, first=50)]))
    assert result.withheld
    assert result.shown == ()


def test_a_remainder_of_capped_names_is_never_shown_as_a_member() -> None:
    result = fold(Bucket.of([*BIG, *WIDE, *cell("other", *[1.0] * 50, first=1_000)]))
    assert "other" in result.folded


def test_a_member_that_one_account_joined_is_folded_the_next_day() -> None:
    third = cell("third", *[20.0] * 40, first=200)
    before = fold(Bucket.of([*BIG, *WIDE, *third]))
    joined = [*WIDE, ("wide", 999, (5.0, 1.0, 5.0))]
    after = fold(Bucket.of([*BIG, *joined, *third]), [before])
    assert after.reasons["wide"] == "fewer than 3 accounts came or went"


@given(st.integers(0, 10**6))
def test_every_cell_shown_obeys_the_rules_and_every_member_is_somewhere(seed: int) -> None:
    draw = Random(seed)
    rows: dict[tuple[str, int], Row] = {}
    for _ in range(draw.randrange(1, 300)):
        name, account = f"m{draw.randrange(8)}", draw.randrange(60)
        tokens = draw.lognormvariate(3, 2)
        rows[name, account] = (name, account, (tokens, float(draw.randrange(1, 5)), tokens * draw.random()))
    bucket = Bucket.of(rows.values())
    result = fold(bucket)
    assert sorted([*result.shown, *result.folded]) == list(bucket.members)
    groups = [[name] for name in result.shown]
    if result.folded and not result.withheld:
        assert len(result.folded) >= 2
        groups.append(list(result.folded))
    for group in groups:
        by_account: dict[int, list[float]] = {}
        for (name, account), (_, _, volumes) in rows.items():
            if name in group:
                held = by_account.setdefault(account, [0.0, 0.0, 0.0])
                held[:] = [a + b for a, b in zip(held, volumes, strict=True)]
        assert len(by_account) >= 10
        for unit in range(3):
            values = sorted((volumes[unit] for volumes in by_account.values()), reverse=True)
            assert values[0] <= 0.5 * sum(values) * (1 + 1e-9)
            assert values[0] + values[1] <= 0.8 * sum(values) * (1 + 1e-9)


def test_numbers_keep_three_digits() -> None:
    assert [rounded(value, 3) for value in (123_456.0, 0.98765, 0.0)] == [123_000.0, 0.988, 0.0]
