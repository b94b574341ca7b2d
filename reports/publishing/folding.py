"""Which members of a composition are shown by name, and which are folded into `other`.

Every published figure of a bucket is a sum of the cells decided here, each of which is safe by itself: totals,
shares of any unit, other groupings of the same members and longer periods are combinations of safe cells.
Between two buckets a reader can compare what covers the same members in both: a member shown in both, and all
the rest taken together. Each of these differences must be of no account or of several.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from tokentide.reports.publishing.bucket import Bucket
from tokentide.reports.publishing.rules import PUBLISHED, Rules, changes_too_few, too_telling

OTHER: Final = "other"
_FEWEST_FOLDED: Final = 2


@dataclass(frozen=True)
class Folding:
    """What becomes of one bucket.

    Attributes:
        bucket: what it was decided for.
        shown: members that stand for themselves.
        folded: members that are part of `other`; none or at least two.
        withheld: nothing of the bucket can be shown.
        reasons: why a member was folded.
    """

    bucket: Bucket
    shown: tuple[str, ...]
    folded: tuple[str, ...]
    withheld: bool = False
    reasons: Mapping[str, str] = field(default_factory=dict)


def fold(bucket: Bucket, earlier: Sequence[Folding] = (), rules: Rules = PUBLISHED) -> Folding:
    """Decide which members of a bucket are shown.

    Args:
        bucket: what each account contributed.
        earlier: buckets published before that readers can compare with.
        rules: least sizes of a cell.

    Returns:
        The members shown, and the others folded into one cell that is safe itself; all is withheld where
        even everything together is not safe.
    """
    question = _Question(bucket, [one for one in earlier if not one.withheld], rules)
    reasons = {name: why for name in bucket.members if (why := question.why_not_alone(name))}
    by_size = [bucket.members[number] for number in np.argsort(bucket.sizes, kind="stable")]
    while (why := question.why_not_so(reasons.keys())) is not None:
        smallest = next((name for name in by_size if name not in reasons), None)
        if smallest is None:
            return Folding(bucket, (), bucket.members, withheld=True, reasons=reasons)
        reasons[smallest] = why
    shown = tuple(name for name in bucket.members if name not in reasons)
    return Folding(bucket, shown, tuple(sorted(reasons)), reasons=reasons)


@dataclass(frozen=True)
class _Question:
    bucket: Bucket
    earlier: Sequence[Folding]
    rules: Rules

    def why_not_alone(self, name: str) -> str | None:
        """Return why a member cannot be shown by name."""
        if name == OTHER:
            return "is a remainder already"
        why = too_telling(self.bucket.contributions((name,)), self.rules)
        for past in self.earlier if why is None else ():
            if name in past.shown and (why := self._why_changed(past, (name,))):
                break
        return why

    def why_not_so(self, folded: Collection[str]) -> str | None:
        """Return why these members and no others cannot be folded."""
        if folded and len(folded) < _FEWEST_FOLDED:
            return f"{OTHER}: one member alone would be its own remainder"
        why = too_telling(self.bucket.contributions(folded), self.rules) if folded else None
        if why is not None:
            return f"{OTHER}: {why}"
        for past in self.earlier:
            if (why := self._why_changed(past, self._rest(past, folded))) is not None:
                return f"the rest beside it: {why}"
        return None

    def _why_changed(self, past: Folding, members: Collection[str]) -> str | None:
        return changes_too_few(self.bucket.changed(past.bucket, members), self.rules)

    def _rest(self, past: Folding, folded: Collection[str]) -> set[str]:
        """Return what is left when all members are taken out that one bucket names and the other names or lacks."""
        now = {name for name in self.bucket.members if name not in folded}
        named = {name for name in now if name in past.shown or name not in past.bucket.members}
        gone = {name for name in past.shown if name not in self.bucket.members}
        return {*self.bucket.members, *past.bucket.members} - named - gone
