"""How long a model lasted, case by case."""

import pytest

from tokentide.reports.cohorts.lasting import Life, life


@pytest.mark.parametrize(
    ("tokens", "released", "last", "expected"),
    [
        ({10: 5, 11: 100, 12: 50, 13: 9, 14: 80}, 10, 14, Life(3, ended=True)),
        ({10: 5, 11: 100, 12: 10}, 10, 12, Life(2, ended=False)),
        ({10: 100}, 8, 14, Life(3, ended=True)),
        ({10: 100, 12: 100}, None, 12, Life(1, ended=True)),
        ({10: 1, 12: 100, 13: 100}, 11, 13, Life(3, ended=False)),
        ({15: 100}, 10, 14, None),
    ],
)
def test_a_model_ends_in_the_first_week_below_a_tenth_of_its_best(tokens, released, last, expected):
    assert life(tokens, released, last) == expected
