"""How concentrated a whole is on few of its parts.

Source: Herfindahl (1950), Hirschman (1945); effective number: Laakso and Taagepera, Comp. Polit. Stud. 12
(1979) 3.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True, slots=True)
class Concentration:
    """Figures of one composition; shares are 0 to 1.

    Attributes:
        parts: parts larger than zero.
        hhi: sum of squared shares, 1 / parts to 1.
        effective: 1 / hhi, how many equal parts would be as concentrated.
        top1, top2: share of the largest part, of the two largest.
        above: parts with a share above the threshold.
    """

    parts: int
    hhi: float
    effective: float
    top1: float
    top2: float
    above: int


def concentration(amounts: ArrayLike, threshold: float = 0.05) -> Concentration | None:
    """Return how concentrated amounts (not negative) are; None if all are zero."""
    x = np.asarray(amounts, np.float64)
    if not x.sum() > 0:
        return None
    shares = np.sort(x / x.sum())[::-1]
    hhi = float(shares @ shares)
    return Concentration(
        parts=int(np.sum(shares > 0)),
        hhi=hhi,
        effective=1 / hhi,
        top1=float(shares[0]),
        top2=float(shares[:2].sum()),
        above=int(np.sum(shares > threshold)),
    )
