"""Scenarios that somebody else made: Parquet sums and a truth.json, as docs/alerting.md describes them."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from bench.alerts.decide import CELL_S, DAY_S, RULES, over_time, pages
from bench.alerts.market import watch_of
from tokentide.schemas.alert import AlertEvent
from tokentide.schemas.alert_rules import WATCHABLE, Kind
from tokentide.schemas.errors import UserError
from tokentide.streams.detection.baseline import build_baseline
from tokentide.streams.detection.cells import Cells
from tokentide.streams.detection.gates import watch_limit
from tokentide.streams.detection.state import WatchState

Floats = NDArray[np.float64]

TOLD_WITHIN_S = 150 * 60
_EVENTS = ("attempts", "requests", "events")
_RATIOS = {
    "tool_call_rate": ("tool_call_requests", "attempts"),
    "error_rate": ("status_error", "attempts"),
    "cancelled_rate": ("cancelled_requests", "attempts"),
    "reasoning_share": ("reasoning_tokens", "completion_tokens"),
}
Table = dict[str, NDArray[Any]]


def scenarios(folder: Path) -> list[Path]:
    """Return the scenarios of a folder: itself, or the folders in it, that hold a truth.json.

    Raises:
        UserError: there is none.
    """
    found = (
        [folder] if (folder / "truth.json").exists() else sorted(each.parent for each in folder.glob("*/truth.json"))
    )
    if not found:
        raise UserError(f"SCENARIO_DIR: {folder} holds no truth.json, nor does a folder in it")
    return found


def judge(folder: Path) -> dict[str, Any]:
    """Return what the detector said of a scenario, held against its truth."""
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    table = _table(folder)
    start, end = int(table["bucket"].min()), int(table["bucket"].max()) // CELL_S * CELL_S + CELL_S
    test = _second(truth["test_from"]) if "test_from" in truth else start + 56 * DAY_S
    if not start < test < end:
        raise UserError(f"{folder.name}: test_from is not within the buckets of its Parquet files")
    said: list[AlertEvent] = []
    names = [name for name in truth.get("watches", WATCHABLE) if _can(name, table)]
    limits = {}
    for name in names:
        cells = cells_of(name, table, start, end)
        baseline = build_baseline(watch_of(name), RULES, cells, WatchState(), test)
        if baseline is None:
            raise UserError(f"{folder.name}: less than a week of {name} before test_from")
        limits[name] = {str(each): round(watch_limit(baseline, each), 2) for each in baseline.watched.scales}
        _, told = over_time(watch_of(name), cells, test, end, baseline, relearn_s=DAY_S)
        said += told
    changes = [_judged(change, said) for change in truth.get("changes", [])]
    excused = [(each["at_s"], each["until_s"]) for each in changes]
    alarms = [event for event in pages(said) if not any(a <= event.at.timestamp() <= b for a, b in excused)]
    return {
        "scenario": folder.name,
        "watches": names,
        "test_weeks": round((end - test) / (7 * DAY_S), 3),
        "false_pages": len(alarms),
        "detection_limit_pp": limits,
        "changes": changes,
        "said": [json.loads(event.to_message()) for event in said],
    }


def _judged(change: dict[str, Any], said: list[AlertEvent]) -> dict[str, Any]:
    at = _second(change["at"])
    until = _second(change["until"]) if "until" in change else at + 4 * DAY_S
    wanted = change.get("watch")
    heard = [
        event
        for event in sorted(said, key=lambda each: each.at)
        if event.kind.value in ("opened", "stepped")
        and at < event.at.timestamp() <= at + TOLD_WITHIN_S
        and wanted in (None, event.watch)
    ]
    first = heard[0] if heard else None
    return change | {
        "at_s": at,
        "until_s": until + DAY_S,
        "hit": first is not None,
        "delay_min": None if first is None else round((first.at.timestamp() - at) / 60, 1),
        "told": None if first is None else first.alert_class.value,
        "driver_right": None if first is None or "member" not in change else first.driver == change["member"],
        "limit_pp": None if first is None else round(first.limit_pp, 2),
    }


def _second(value: Any) -> int:
    if isinstance(value, str):
        return int(datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp())
    return int(value)


def _table(folder: Path) -> Table:
    files = sorted(folder.glob("*.parquet"))
    if not files:
        raise UserError(f"{folder.name}: no Parquet file beside truth.json")
    tables = [pq.read_table(file) for file in files]
    names = tables[0].column_names
    if "bucket" not in names:
        raise UserError(f"{files[0].name}: no column `bucket`")
    table = {name: np.concatenate([each[name].to_numpy() for each in tables]) for name in names}
    if np.issubdtype(table["bucket"].dtype, np.datetime64):
        table["bucket"] = table["bucket"].astype("datetime64[s]")
    table["bucket"] = table["bucket"].astype(np.int64)
    for name in next(iter([[each for each in _EVENTS if each in table]])):
        table.setdefault("attempts", table[name])
    if "attempts" not in table:
        raise UserError(f"{files[0].name}: none of the columns {', '.join(_EVENTS)}")
    if "tokens" not in table and "prompt_tokens" in table:
        table["tokens"] = table["prompt_tokens"] + table["completion_tokens"]
    return table


def _can(name: str, table: Table) -> bool:
    kind = WATCHABLE[name]
    if kind is Kind.SHARE:
        return name in table
    if kind is Kind.RATIO:
        return all(each in table for each in _RATIOS[name])
    return kind is Kind.VOLUME or "tokens" in table


def cells_of(name: str, table: Table, start: int, end: int) -> Cells:
    """Return the cells of a watch; rows of a bucket and member are summed."""
    kind = WATCHABLE[name]
    events = table["attempts"].astype(np.float64)
    amount = table.get("tokens", table["attempts"]).astype(np.float64)
    squares = _squares(table, events, amount)
    first = start // CELL_S * CELL_S
    cell = (table["bucket"] - first) // CELL_S
    count = (end - first) // CELL_S
    if kind is Kind.RATIO:
        part, whole = (table[each].astype(np.float64) for each in _RATIOS[name])
        columns = [_summed(cell, count, each) for each in (part, whole - part)]
        sums = np.stack(columns, axis=1)
        scale = np.ones(1) if name != "reasoning_share" else _per(squares, amount)
        return _made(first, (name, "rest"), sums, sums, sums * float(scale.mean()))
    members, at = (
        np.unique(table[name].astype(str), return_inverse=True) if kind is Kind.SHARE else (["all"], 0 * cell)
    )
    sums = [_by_member(cell, at, count, len(members), each) for each in (events, amount, squares)]
    return _made(first, tuple(map(str, members)), *sums)


def _per(squares: Floats, amount: Floats) -> Floats:
    return np.asarray([squares.sum() / max(amount.sum(), 1e-300)])


def _squares(table: Table, events: Floats, amount: Floats) -> Floats:
    if "tokens_sq" in table and "tokens" in table:
        return table["tokens_sq"].astype(np.float64)
    return np.asarray(amount**2 / np.maximum(events, 1))


def _summed(cell: NDArray[np.int64], count: int, values: Floats) -> Floats:
    return np.bincount(cell, values, minlength=count)[:count]


def _by_member(cell: NDArray[np.int64], at: NDArray[np.int64], count: int, members: int, values: Floats) -> Floats:
    return np.bincount(cell * members + at, values, minlength=count * members)[: count * members].reshape(
        count, members
    )


def _made(first: int, members: tuple[str, ...], events: Floats, amount: Floats, squares: Floats) -> Cells:
    start = first + CELL_S * np.arange(len(events), dtype=np.int64)
    return Cells(start, members, events, amount, squares, np.zeros(len(events), np.bool_))


def summary(results: list[dict[str, Any]]) -> Iterator[tuple[str, Any]]:
    """Yield the figures of all foreign scenarios together."""
    changes = [change for result in results for change in result["changes"]]
    yield "scenarios", len(results)
    yield "false_pages", sum(result["false_pages"] for result in results)
    yield "test_weeks", round(sum(result["test_weeks"] for result in results), 2)
    yield "detection_limit_pp", _typical([limit for each in results for limit in each["detection_limit_pp"].values()])
    yield "changes", changes


def _typical(limits: list[dict[str, float]]) -> dict[str, float]:
    """Return the median over watches of the limit of their largest member, by window in seconds."""
    windows = sorted({window for each in limits for window in each}, key=int)
    return {
        window: round(float(np.median([each[window] for each in limits if window in each])), 2) for window in windows
    }
