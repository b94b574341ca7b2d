"""Boards: each reader gets what it has not seen, and nothing is sent twice."""

import asyncio
import json
from typing import Any

from tokentide.reports.page.board import Board


def payload(figure: str, *rows: Any) -> dict[str, Any]:
    return {"figure": figure, "columns": ["share"], "rows": [list(row) for row in rows], "n": len(rows)}


def told(board: Board, seen: dict[str, int]) -> list[tuple[str, Any]]:
    events = []
    for one in board.since(seen):
        name, data = one.decode().strip().split("\n")
        events.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return events


async def test_a_reader_gets_whole_figures_then_changes() -> None:
    board, seen = Board("28d", "tokens"), {}
    board.put(payload("a", (1,)), 0.0, None)
    assert told(board, seen) == [("figure", payload("a", (1,)))]
    assert told(board, seen) == []
    board.put(payload("a", (1,), (2,)), 1.0, None)
    assert [name for name, _ in told(board, seen)] == ["patch"]


async def test_a_reader_who_missed_one_gets_the_whole() -> None:
    board, seen = Board("28d", "tokens"), {}
    board.put(payload("a", (1,)), 0.0, None)
    told(board, seen)
    board.put(payload("a", (2,)), 1.0, None)
    board.put(payload("a", (3,)), 2.0, None)
    assert told(board, seen) == [("figure", payload("a", (3,)))]


async def test_the_same_again_wakes_nobody() -> None:
    board = Board("28d", "tokens")
    board.put(payload("a", (1,)), 0.0, None)
    waiting = asyncio.ensure_future(board.wait(30))
    await asyncio.sleep(0)
    assert not board.put(payload("a", (1,)), 5.0, None)
    await asyncio.sleep(0)
    assert not waiting.done()
    assert board.cells["a"].asked_at == 5.0
    assert board.put(payload("a", (2,)), 6.0, None)
    await asyncio.wait_for(waiting, 5)
