"""One view as all its readers see it: each figure's newest payload, encoded once, with what changed."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from tokentide.reports.page.freshness import Freshness
from tokentide.reports.page.patch import patch

_NEVER: Final = float("-inf")


@dataclass(slots=True)
class Cell:
    """A figure of a board.

    Attributes:
        payload: the newest.
        version: of the board when it changed last.
        before: version it was at before that.
        whole, change: the payload and its difference to the one before, as server-sent events.
        asked_at: when it was asked last (monotonic seconds).
        asked_of: what the store held then.
    """

    payload: dict[str, Any]
    version: int
    before: int
    whole: bytes
    change: bytes
    asked_at: float = _NEVER
    asked_of: Freshness | None = None


@dataclass(slots=True)
class Board:
    """The figures of a range in a unit.

    Attributes:
        range_id, unit: of the view.
        cells: by figure; those not asked yet are absent.
        viewers: how many readers are there.
        version: grows with every change.
    """

    range_id: str
    unit: str
    cells: dict[str, Cell] = field(default_factory=dict)
    viewers: int = 0
    version: int = 0
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, payload: dict[str, Any], asked_at: float, asked_of: Freshness | None) -> bool:
        """Take a payload; return whether it says anything new, which wakes the readers."""
        name = payload["figure"]
        cell = self.cells.get(name)
        change = None if cell is None else patch(cell.payload, payload)
        if cell is not None and change is None:
            cell.asked_at, cell.asked_of = asked_at, asked_of
            return False
        self.version += 1
        whole = event("figure", payload)
        self.cells[name] = Cell(
            payload=payload,
            version=self.version,
            before=cell.version if cell else 0,
            whole=whole,
            change=whole if change is None else event("patch", change),
            asked_at=asked_at,
            asked_of=asked_of,
        )
        self._wake()
        return True

    def since(self, seen: dict[str, int]) -> Iterator[bytes]:
        """Yield what a reader has not seen, and note it in `seen` (figure → version of the board)."""
        for name, cell in self.cells.items():
            known = seen.get(name, 0)
            if known != cell.version:
                seen[name] = cell.version
                yield cell.change if known and known == cell.before else cell.whole

    async def wait(self, seconds: float) -> None:
        """Wait for a change, or for some time."""
        try:
            await asyncio.wait_for(self._changed.wait(), seconds)
        except TimeoutError:
            return

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


def event(name: str, data: Any) -> bytes:
    """Return a server-sent event with a JSON object."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return f"event: {name}\ndata: {text}\n\n".encode()
