"""The one loop that asks the store for all readers: while somebody looks, and only when something changed."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Any, Final, TypeVar

from tokentide.reports.computed import StoreQuery
from tokentide.reports.page.alerts import open_alerts
from tokentide.reports.page.answers import Answers
from tokentide.reports.page.board import Board
from tokentide.reports.page.figure import Figure
from tokentide.reports.page.freshness import Freshness, freshness
from tokentide.reports.page.pace import Job, is_due, next_job, rest_s
from tokentide.reports.page.payload import unanswered
from tokentide.reports.page.sections import FIGURES
from tokentide.reports.page.view import UNITS, default_range, look
from tokentide.reports.population import store_population

logger = logging.getLogger(__name__)

TICK_S: Final = 2.0
"""How often the store is asked whether anything changed, while somebody looks."""

_LOOK_S: Final = 0.1
T = TypeVar("T")


class Keeper:
    """Holds the boards and keeps those with readers fresh.

    Args:
        query: of the store.
    """

    def __init__(self, query: StoreQuery) -> None:
        self._query = query
        self._boards: dict[tuple[str, str], Board] = {}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="page")
        self._answers = Answers(query)
        self._held: Freshness | None = None
        self._looked_at = float("-inf")
        self._wanted = asyncio.Event()
        self._urgent: list[Job] = []
        self.alerts: list[dict[str, Any]] = []
        self.state: dict[str, Any] = {}
        self.asked = 0

    def board(self, range_id: str, unit: str) -> Board:
        """Return the board of a view; all its readers share it."""
        return self._boards.setdefault((range_id, unit), Board(range_id, unit))

    def join(self, board: Board) -> None:
        """Count a reader in."""
        board.viewers += 1
        self._wanted.set()

    def leave(self, board: Board) -> None:
        """Count a reader out; figures are kept for the next one."""
        board.viewers -= 1

    async def begin(self) -> None:
        """Learn whose traffic the store holds; a page is shown from that at once, whatever is asked meanwhile."""
        await self._hold()

    async def renew(self) -> None:
        """Learn it again; a store that does not answer changes nothing."""
        await self._hold_or_old()

    async def warm(self) -> None:
        """Ask the figures of the first view before anybody comes."""
        board = self.board(self.state["range"], str(UNITS[0]))
        self.join(board)
        try:
            while len(board.cells) < len(FIGURES):
                await board.wait(TICK_S)
        finally:
            self.leave(board)

    async def payload(self, board: Board, figure: Figure) -> dict[str, Any]:
        """Return a figure's payload, no older than its readers would have it; for one who joined.

        Whoever asks for one figure does not wait for the others of the page.
        """
        began = monotonic()
        self._urgent.append(Job(board, figure, first=True))
        while True:
            cell = board.cells.get(figure.id)
            looked = self._looked_at >= began - TICK_S
            if cell and looked and (cell.asked_of == self._held or began - cell.asked_at < figure.every_s):
                return cell.payload
            await board.wait(_LOOK_S)

    async def run(self) -> None:
        """Keep the boards fresh until cancelled."""
        while True:
            await self._wait_for_readers()
            held = await self._hold_or_old()
            job = None if held is None else self._next(held)
            if job is None or held is None:
                await self._idle()
                continue
            began = monotonic()
            await self._ask(job, held)
            await asyncio.sleep(rest_s(monotonic() - began, job.first))

    def _next(self, held: Freshness) -> Job | None:
        while self._urgent:
            job = self._urgent.pop(0)
            cell = job.board.cells.get(job.figure.id)
            if cell is None or is_due(cell, job.figure, held, monotonic()):
                return job
        return next_job(self._boards.values(), FIGURES, held, monotonic())

    def close(self) -> None:
        """Let the thread end."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    async def _wait_for_readers(self) -> None:
        while not any(board.viewers for board in self._boards.values()):
            self._wanted.clear()
            await self._wanted.wait()

    async def _idle(self) -> None:
        self._wanted.clear()
        try:
            await asyncio.wait_for(self._wanted.wait(), TICK_S)
        except TimeoutError:
            return

    async def _hold_or_old(self) -> Freshness | None:
        try:
            return await self._hold()
        except Exception:  # noqa: BLE001 - the store may be back at the next look
            logger.warning("the store does not say what it holds", exc_info=True)
            return self._held

    async def _hold(self) -> Freshness:
        """Return what the store holds, looked at no more often than every TICK_S."""
        if self._held is None or monotonic() - self._looked_at >= TICK_S:
            held, self.alerts = await self._in_thread(lambda: (freshness(self._query), open_alerts(self._query)))
            if held != self._held:
                self._answers = Answers(self._query)
                population = await self._in_thread(lambda: store_population(self._query))
                self.state = {"population": population.describe(), "range": default_range(held.extent)}
            self._held, self._looked_at = held, monotonic()
        return self._held

    async def _ask(self, job: Job, held: Freshness) -> None:
        self.asked += 1
        board, answers = job.board, self._answers
        view = look(board.range_id, board.unit, held.extent)
        payload = await self._in_thread(lambda: _answered(answers, job.figure, view))
        board.put(dict(payload), monotonic(), held)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _answered(answers: Answers, figure: Figure, view: Any) -> dict[str, Any]:
    try:
        return dict(answers.payload(figure, view))
    except Exception:  # noqa: BLE001 - one figure that fails must not take the others with it
        logger.warning("figure %s has no answer", figure.id, exc_info=True)
        return unanswered(figure, "The store did not answer; see the log of this program.", view.unit).describe()
