"""When a published cell would say too much about one account."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Volumes = npt.NDArray[np.float64]
Accounts = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Rules:
    """Least sizes of a published cell.

    Attributes:
        accounts: a cell has at least so many.
        top_one: most that one account may make of it, in any unit.
        top_two: most that two accounts may make of it together.
        changed: where accounts came or went since the bucket before, at least so many did: the difference
            of two buckets is a cell too.
        digits: significant digits of a published number.
    """

    accounts: int = 10
    top_one: float = 0.5
    top_two: float = 0.8
    changed: int = 3
    digits: int = 3


PUBLISHED: Final = Rules()


def too_telling(volumes: Volumes, rules: Rules) -> str | None:
    """Return why a cell must not be shown; None if it may.

    Args:
        volumes: (accounts, units), what each account contributes.
        rules: the least sizes.

    Returns:
        A few words, or None.
    """
    if len(volumes) < rules.accounts:
        return f"fewer than {rules.accounts} accounts"
    total = volumes.sum(axis=0)
    largest = np.sort(volumes, axis=0)[::-1]
    if _more_than(largest[0], total, rules.top_one):
        return f"one account makes more than {rules.top_one:.0%}"
    if _more_than(largest[:2].sum(axis=0), total, rules.top_two):
        return f"two accounts make more than {rules.top_two:.0%}"
    return None


def _more_than(part: Volumes, total: Volumes, share: float) -> bool:
    return bool((part > share * total).any())


def changes_too_few(changed: int, rules: Rules) -> str | None:
    """Return why the difference of two buckets would say too much; None if it would not.

    Args:
        changed: accounts that came to a cell or left it between the two.
        rules: the least sizes.

    Returns:
        A few words, or None.
    """
    return f"fewer than {rules.changed} accounts came or went" if 0 < changed < rules.changed else None


def rounded(value: float, digits: int) -> float:
    """Return a number with so many significant digits."""
    return float(f"{value:.{digits}g}")
