"""Event ids for traces that have none: a record always gets the same id, two records never share one."""

import hashlib
from collections import Counter

from tokentide.gateways.formats.replay_event import Population


class Identity:
    """Names the records of one file in the order they stand in it.

    An id is a digest of the declared population, the record's content and how many identical records came
    before it in the file. So a second replay repeats the ids, exact repeats inside a file stay separate
    events, and files that overlap (windows over one log) agree on the ids of a run of identical records as
    far as each of them holds it: together they count as many as the file that holds most. Records of a run
    that no file holds as a whole are undercounted, never counted twice.

    Args:
        kind: prefix of the ids, the format's name.
        population: another gateway or start makes another event, not a conflict with the first.
    """

    def __init__(self, kind: str, population: Population) -> None:
        self._prefix = kind
        self._seed = hashlib.blake2b(
            f"{kind}\n{population.gateway}\n{population.start.isoformat()}\n".encode(), digest_size=16
        )
        self._seen: Counter[bytes] = Counter()

    def name(self, content: bytes) -> str:
        """Return the id of the next record of this content."""
        digest = self._seed.copy()
        digest.update(content)
        record = digest.digest()
        occurrence = self._seen[record]
        self._seen[record] += 1
        digest.update(b"\n%d" % occurrence)
        return f"{self._prefix}:{digest.hexdigest()}"
