"""Who uses what: models per account, several models at once, moving on, the largest account."""

from typing import Any

import numpy as np

from tokentide.gateways.simulation.columns import FINISHES
from tokentide.gateways.simulation.oracle.frame import Coded, Frame, Row, part, total
from tokentide.gateways.simulation.oracle.question import keyed, metric, question

_CALLS = FINISHES.index("tool_calls")


def answers(frame: Frame) -> dict[str, Any]:
    """Return the metrics of this group."""
    return {
        "models-per-account": metric(
            *(question(_models(frame, time), bucket=name) for name, time in _times(frame)),
            reading="distinct models of each account with an account_hash; quantiles nearest-rank",
        ),
        "multi-homing": metric(
            *(question(_homes(frame, time), bucket=name) for name, time in _times(frame)),
            reading="accounts with at least two models (two authors) among accounts active in the bucket",
        ),
        "switching-matrix": metric(
            question(_switches(frame), bucket="1mo", by="author"),
            reading="main author by tokens in a calendar month and in the next; accounts active in both",
        ),
        "tool-call-share-without-largest-account": metric(
            *(question(_without_largest(frame, time), bucket=name, unit="tokens") for name, time in _times(frame)),
            reading="the largest account of a bucket has most tokens in tool-call attempts; all its "
            "attempts are left out of both sides",
        ),
    }


def _times(frame: Frame) -> list[tuple[str, Coded]]:
    return [(name, frame.bucket(name)) for name in ("1w", "all")]


def _per_account(frame: Frame, time: Coded, by: str) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return the bucket of each active account, and its number of distinct values."""
    account, key = frame.events["account"].astype(np.int64), frame[by]
    named = account >= 0
    width = len(key.values)
    who = (time.codes.astype(np.int64) << 32) + account
    pairs = np.unique(who[named] * width + key.codes[named]) // width
    found, count = np.unique(pairs, return_counts=True)
    return found >> 32, count


def _models(frame: Frame, time: Coded) -> list[Row]:
    where, count = _per_account(frame, time, "model")
    rows = []
    for place, name in enumerate(time.values):
        own = np.sort(count[where == place])
        if len(own):
            middle, high = (int(own[(len(own) * percent + 99) // 100 - 1]) for percent in (50, 90))
            figures = {"mean": float(own.mean()), "p50": middle, "p90": high, "max": int(own[-1])}
            rows.append(keyed(name) | {"accounts": len(own)} | figures)
    return rows


def _homes(frame: Frame, time: Coded) -> list[Row]:
    (where, models), (_, authors) = (_per_account(frame, time, by) for by in ("model", "author"))
    rows = []
    for place, name in enumerate(time.values):
        own = where == place
        accounts = int(own.sum())
        several = {"multi_model": int((models[own] > 1).sum()), "multi_author": int((authors[own] > 1).sum())}
        shares = {f"{name}_share": part(number, accounts) for name, number in several.items()}
        rows.append(keyed(name) | {"accounts": accounts} | several | shares)
    return rows


def _switches(frame: Frame) -> list[Row]:
    month, author = frame.month, frame["author"]
    order = sorted(range(len(author.values)), key=lambda code: author.values[code])
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    account = frame.events["account"].astype(np.int64)
    named = account >= 0
    width = len(order)
    cell = ((month.codes.astype(np.int64) << 32) + account)[named] * width + rank[author.codes[named]]
    cells, place = np.unique(cell, return_inverse=True)
    tokens = total(place, len(cells), frame.tokens[named])
    best = np.lexsort((cells % width, -tokens, cells // width))
    who, first = np.unique((cells // width)[best], return_index=True)
    main = (cells % width)[best][first]
    after = np.searchsorted(who, who + (1 << 32))
    stayed = (after < len(who)) & (who[np.minimum(after, len(who) - 1)] == who + (1 << 32))
    step = ((who >> 32)[stayed] * width + main[stayed]) * width + main[after[stayed]]
    names = [author.values[code] for code in order]
    return [
        {"month": month.values[found // width**2], "from": names[found // width % width], "to": names[found % width],
         "accounts": int(count)}
        for found, count in zip(*(column.tolist() for column in np.unique(step, return_counts=True)), strict=True)
    ]  # fmt: skip


def _without_largest(frame: Frame, time: Coded) -> list[Row]:
    account, size = frame.events["account"].astype(np.int64), len(time.values)
    calls, named = frame.events["finish"] == _CALLS, account >= 0
    every, called = (total(time.codes, size, frame.tokens, mask) for mask in (None, calls))
    cells, place = np.unique((time.codes.astype(np.int64) << 32) + account, return_inverse=True)
    own_calls, own = (total(place, len(cells), frame.tokens, mask) for mask in (calls & named, named))
    rows = []
    for code, name in enumerate(time.values):
        mine = np.flatnonzero(cells >> 32 == code)
        largest = mine[np.argmax(own_calls[mine])]
        shares = {
            "share": part(called[code] - own_calls[largest], every[code] - own[largest]),
            "share_with": part(called[code], every[code]),
            "largest_share": part(own_calls[largest], called[code]),
        }
        rows.append(keyed(name) | shares)
    return rows
