"""An attacker who has every published cell, and combines them, learns no account's own traffic.

The attacker knows the method and which members there are, not who the accounts are. Each attack yields sums of
(account, member, day) contributions with signs; it succeeds where what does not cancel belongs to one account.
The world is the attacker's best case: every account does the same every day, so whatever changes is somebody.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from random import Random

import pytest

from tokentide.reports.publishing.bucket import Bucket
from tokentide.reports.publishing.folding import Folding, fold
from tokentide.reports.publishing.rules import PUBLISHED, Rules

Cell = Counter[tuple[int, str]]
Day = dict[str, Cell]


def a_market(seed: int, days: int, accounts: int) -> list[Cell]:
    """Per day, tokens of (account, member); accounts come and go, and each always does the same."""
    draw = Random(seed)
    members = [f"model-{number}" for number in range(9)]
    habits = {
        account: {name: draw.randrange(1, 10_000) for name in draw.sample(members[: draw.randrange(2, 10)], 2)}
        for account in range(accounts)
    }
    steady = {account for account in habits if draw.random() < 0.8}
    return [
        Counter(
            {
                (account, name): tokens
                for account, habit in habits.items()
                if account in steady or draw.random() < 0.9
                for name, tokens in habit.items()
                if not (name == "model-0" and day >= days // 2)  # withdrawn
            }
        )
        for day in range(days)
    ]


def published(market: list[Cell], rules: Rules) -> list[Folding]:
    """Publish day after day."""
    done: list[Folding] = []
    for day in market:
        rows = [(name, account, (tokens, 1.0, tokens * 2.0)) for (account, name), tokens in day.items()]
        done.append(fold(Bucket.of(rows), done, rules))
    return done


def cells(day: Cell, folding: Folding) -> Day:
    """What the reader sees of one day, as the contributions behind it."""
    if folding.withheld:
        return {}
    shown: Day = {}
    for (account, name), tokens in day.items():
        where = name if name in folding.shown else "other"
        shown.setdefault(where, Counter())[account, name] += tokens
    return shown


def attacks(days: list[Day], members: list[str]) -> Iterator[tuple[str, Cell]]:
    """Yield what can be got by adding and subtracting cells."""
    for number, day in enumerate(days):
        for cell, content in day.items():
            yield f"day {number}: {cell}", content
    for (i, first), (j, second) in combinations(enumerate(days), 2):
        if not first or not second:
            continue
        for name in members:
            if name in first and name in second:
                yield f"{name}, day {j} less day {i}", difference(second[name], first[name])
        # what is named on both days is taken out of both totals; what is named on one day only stays in
        for left_out in ([], [name for name in members if name in first and name in second]):
            yield f"rest, day {j} less day {i}", difference(total(second, left_out), total(first, left_out))
        gone = [
            name
            for name in members
            if (name in first and name in second)
            or (name in first and name not in names(second))
            or (name in second and name not in names(first))
        ]
        yield f"rest of all, day {j} less day {i}", difference(total(second, gone), total(first, gone))


def names(day: Day) -> set[str]:
    return {name for content in day.values() for _, name in content}


def total(day: Day, left_out: list[str]) -> Cell:
    result: Cell = Counter()
    for cell, content in day.items():
        if cell not in left_out:
            result.update(content)
    return result


def difference(left: Cell, right: Cell) -> Cell:
    result: Cell = Counter(left)
    result.subtract(right)
    return Counter({key: value for key, value in result.items() if value})


def learned(market: list[Cell], rules: Rules) -> list[str]:
    """Return the attacks that isolate one account."""
    foldings = published(market, rules)
    days = [cells(day, folding) for day, folding in zip(market, foldings, strict=True)]
    members = sorted({name for day in market for _, name in day})
    return [what for what, left in attacks(days, members) if len({account for account, _ in left}) == 1]


SEEDS = range(12)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_difference_of_published_cells_is_one_account(seed: int) -> None:
    market = a_market(seed, days=12, accounts=60)
    assert learned(market, PUBLISHED) == []


def test_something_is_published_of_a_market_with_enough_accounts() -> None:
    """A rule that hides everything keeps every secret and is of no use."""
    shown = [len(folding.shown) for folding in published(a_market(1, days=12, accounts=400), PUBLISHED)]
    assert sum(shown) >= 12 * 4


@pytest.mark.parametrize(
    "weaker",
    [replace(PUBLISHED, accounts=1, top_one=1.0, top_two=1.0), replace(PUBLISHED, changed=0)],
    ids=["cells of any size", "differences of any size"],
)
def test_the_attacker_succeeds_where_a_rule_is_missing(weaker: Rules) -> None:
    assert any(learned(a_market(seed, days=12, accounts=60), weaker) for seed in SEEDS)
