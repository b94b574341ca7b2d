"""When a price starts for those who used a model free."""

from datetime import date

import pytest

from tokentide.reports.cohorts.after_free import Start, start_of

DAY = date(2025, 6, 1)


@pytest.mark.parametrize(
    ("last", "end", "priced", "expected"),
    [
        (date(2025, 6, 10), date(2025, 6, 25), None, Start(date(2025, 6, 11), "free_ended")),
        (date(2025, 6, 10), date(2025, 6, 24), None, None),
        (date(2025, 6, 10), date(2025, 6, 24), date(2025, 6, 5), Start(date(2025, 6, 5), "price_began")),
        (date(2025, 6, 10), date(2025, 6, 25), date(2025, 6, 5), Start(date(2025, 6, 11), "free_ended")),
        (date(2025, 6, 10), date(2025, 6, 24), DAY, None),
        (date(2025, 6, 10), date(2025, 6, 24), date(2025, 6, 24), None),
    ],
    ids=["ended", "still used", "price began", "ended and priced", "always at a price", "price to come"],
)
def test_a_price_starts_when_the_free_variant_ends_or_a_price_begins_while_it_is_used(
    last: date, end: date, priced: date | None, expected: Start | None
) -> None:
    assert start_of(DAY, last, end, priced) == expected
