"""Who uses what: models per account, several models at once, moving on, the largest account.

Accounts are those with an account_hash; what has none is in no figure here.
"""

from collections import Counter
from typing import Any

import numpy as np

from tokentide.gateways.simulation.columns import FINISHES
from tokentide.gateways.simulation.oracle.frame import Coded, Frame, Row, part, total
from tokentide.gateways.simulation.oracle.question import keyed, metric, question

_CALLS = FINISHES.index("tool_calls")


def answers(frame: Frame) -> dict[str, Any]:
    """Return the metrics of this group."""
    models = metric(
        *(question(_models(frame, time), bucket=name) for name, time in _times(frame)),
        reading="distinct models of each account, a free variant being the same model; the median of an even number "
        "of accounts is the lower of the middle two, and less than a tenth of them come after the 90th percentile",
    )
    return {
        "models-per-account": models,
        "multi-homing": models,
        "switching-matrix": metric(
            question(_switches(frame), by="author", options={"period": "month"}),
            reading="main author by tokens in a calendar month, of equal ones the later name, and in the next; '' of "
            "accounts that are not seen then",
        ),
        "tool-call-share-without-largest-account": metric(
            *(question(_without_largest(frame, time), bucket=name) for name, time in _times(frame)),
            reading="the largest account of a bucket has most tokens in tool-call attempts; all its attempts are "
            "left out of both sides; which of several equal ones is left open",
        ),
        "largest-account-share": metric(
            *(question(_largest(frame, time), bucket=name) for name, time in _times(frame))
        ),
    }


def _times(frame: Frame) -> list[tuple[str, Coded]]:
    return [(name, frame.bucket(name)) for name in ("1w", "all")]


def _per_account(frame: Frame, time: Coded, by: str) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return the cell (bucket and account) of each active account, ascending, and its number of distinct values."""
    account, key = frame.events["account"].astype(np.int64), frame[by]
    named = account >= 0
    width = len(key.values)
    who = (time.codes.astype(np.int64) << 32) + account
    pairs = np.unique(who[named] * width + key.codes[named]) // width
    return np.unique(pairs, return_counts=True)


def _models(frame: Frame, time: Coded) -> list[Row]:
    (cells, models), (_, authors) = (_per_account(frame, time, by) for by in ("model", "author"))
    account = frame.events["account"].astype(np.int64)
    named = account >= 0
    who = (time.codes.astype(np.int64) << 32) + account
    tokens = total(np.searchsorted(cells, who[named]), len(cells), frame.tokens[named])
    rows = []
    for place, name in enumerate(time.values):
        own = np.flatnonzero(cells >> 32 == place)
        if len(own):
            rows.append(keyed(name) | _of_accounts(models[own], authors[own], tokens[own]))
    return rows


def _of_accounts(models: np.ndarray[Any, Any], authors: np.ndarray[Any, Any], tokens: np.ndarray[Any, Any]) -> Row:
    accounts, several, ordered = len(models), models > 1, np.sort(models)
    return {
        "n": accounts,
        "models_mean": float(models.mean()),
        "models_p50": int(ordered[(accounts - 1) // 2]),
        "models_p90": int(ordered[min(accounts * 9 // 10, accounts - 1)]),
        "multi_model_share": part(int(several.sum()), accounts),
        "multi_author_share": part(int((authors > 1).sum()), accounts),
        "multi_model_token_share": part(int(tokens[several].sum()), int(tokens.sum())),
    }


def _switches(frame: Frame) -> list[Row]:
    main = _main_authors(frame)
    months = frame.month.values
    steps: Counter[tuple[int, str, str]] = Counter()
    for (account, month), name in main.items():
        if month + 1 < len(months):
            steps[month, name, main.get((account, month + 1), "")] += 1
    left: Counter[tuple[int, str]] = Counter()
    for (month, source, _), accounts in steps.items():
        left[month, source] += accounts
    return [
        {
            "period": f"{months[month]}-01",
            "source": source,
            "target": target,
            "accounts": accounts,
            "share": part(accounts, left[month, source]),
            "n": left[month, source],
        }
        for (month, source, target), accounts in sorted(steps.items())
    ]


def _main_authors(frame: Frame) -> dict[tuple[int, int], str]:
    """Return the author of most of an account's tokens in a month; of equal ones the later name."""
    author, account = frame["author"], frame.events["account"].astype(np.int64)
    named = account >= 0
    width = len(author.values)
    cell = ((frame.month.codes.astype(np.int64) << 32) + account)[named] * width + author.codes[named]
    cells, place = np.unique(cell, return_inverse=True)
    tokens = total(place, len(cells), frame.tokens[named])
    best: dict[tuple[int, int], tuple[int, str]] = {}
    for found, amount in zip(cells.tolist(), tokens.tolist(), strict=True):
        who, code = divmod(found, width)
        key = who & 0xFFFFFFFF, who >> 32
        best[key] = max(best.get(key, (-1, "")), (amount, author.values[code]))
    return {key: name for key, (_, name) in best.items()}


def _cells(frame: Frame, time: Coded) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Return the bucket of each active account, its tokens and those of its tool calls."""
    account = frame.events["account"].astype(np.int64)
    named = account >= 0
    cells, place = np.unique((time.codes.astype(np.int64) << 32)[named] + account[named], return_inverse=True)
    calls = (frame.events["finish"] == _CALLS)[named]
    tokens, called = (total(place, len(cells), frame.tokens[named], mask) for mask in (None, calls))
    return cells >> 32, tokens, called


def _without_largest(frame: Frame, time: Coded) -> list[Row]:
    bucket, tokens, called = _cells(frame, time)
    rows = []
    for code, name in enumerate(time.values):
        mine = bucket == code
        every, calls = int(tokens[mine].sum()), int(called[mine].sum())
        largest = np.flatnonzero(called[mine] == called[mine].max())
        row = keyed(name) | {"share_with_largest": part(calls, every), "n": int(mine.sum())}
        if len(largest) == 1:
            own, own_calls = int(tokens[mine][largest[0]]), int(called[mine][largest[0]])
            row |= {"share": part(calls - own_calls, every - own), "largest_token_share": part(own, every)}
        rows.append(row)
    return rows


def _largest(frame: Frame, time: Coded) -> list[Row]:
    bucket, tokens, _ = _cells(frame, time)
    rows = []
    for code, name in enumerate(time.values):
        own = tokens[bucket == code]
        every, squares = int(own.sum()), sum(each**2 for each in own.tolist())
        figures = {"share": part(int(own.max()), every), "tokens": every, "n": len(own)}
        rows.append(keyed(name) | figures | {"n_eff": part(every**2, squares)})
    return rows
