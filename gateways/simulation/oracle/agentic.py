"""What requests do: reasoning, tools, how they end, and what a good end costs."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from tokentide.gateways.simulation.columns import FINISHES
from tokentide.gateways.simulation.oracle.frame import Coded, Frame, Mask, Row, part, total
from tokentide.gateways.simulation.oracle.question import keyed, metric, question
from tokentide.gateways.simulation.oracle.shares import EVERYONE, UNITS, summed, volume

_STOP: Final = FINISHES.index("stop")
_CALLS: Final = FINISHES.index("tool_calls")
_FILTER: Final = FINISHES.index("content_filter")


@dataclass(frozen=True, slots=True)
class Property:
    """What attempts may have.

    Attributes:
        prefix: of the columns that hold its amounts.
        has: which attempts have it.
        known: which attempts say so or not; all if None.
    """

    prefix: str
    has: Mask
    known: Mask | None = None


def proportion(frame: Frame, what: Property, *, bucket: str, unit: str, by: str | None = None) -> list[Row]:
    """Return, within each group, the part of attempts (tokens, USD) that has a property."""
    times = frame.bucket(bucket)
    key = frame[by] if by else Coded(("",), np.zeros(frame.rows, np.int64))
    width, size = len(key.values), len(times.values) * len(key.values)
    group = times.codes * width + key.codes
    every, own = summed(frame, group, size), summed(frame, group, size, what.has)
    seen = every.n if what.known is None else total(group, size, None, what.known)
    rows = []
    for place in np.flatnonzero(every.n):
        priced = every.n[place] > every.unpriced[place]
        shares = {
            "token_share": part(own.tokens[place], every.tokens[place]),
            "request_share": part(own.n[place], every.n[place]),
            "cost_share": part(own.cost[place], every.cost[place]) if priced else None,
        }
        amounts = {
            f"{what.prefix}_tokens": int(own.tokens[place]),
            f"{what.prefix}_requests": int(own.n[place]),
            f"{what.prefix}_cost_usd": int(own.cost[place]) / 1e9 if priced else None,
        }
        names = {by: key.values[int(place) % width]} if by else {}
        row = keyed(times.values[int(place) // width], **names) | {"share": shares[UNITS[unit]]}
        rows.append(
            row | shares | amounts | volume(every, int(place)) | {"known_share": part(seen[place], every.n[place])}
        )
    return rows


def answers(frame: Frame) -> dict[str, Any]:
    """Return the metrics of this group."""
    events = frame.events
    calls, offers = events["finish"] == _CALLS, events["tools_offered"] > 0
    rates = _proportions(frame, Property("tool_call", calls), "requests")
    for asked in rates:
        asked["rows"] = [row | {"rate": row["request_share"]} for row in asked["rows"]]
    return {
        "reasoning-share": _reasoning(frame),
        "tool-call-rate": metric(*rates),
        "tool-call-token-share": metric(*_proportions(frame, Property("tool_call", calls), "tokens")),
        "tools-offered": _offered(frame, calls, offers),
        "tool-calls-by-model": metric(*(_by_model(frame, calls, bucket) for bucket in ("1w", "all"))),
        "agentic-share": _composite(frame, calls, offers),
        "content-filter-rate": _filtered(frame),
        "free-variant-share": metric(*_proportions(frame, Property("free", events["free"].astype(bool)), "tokens")),
        "cost-per-good-request": _good(frame),
    }  # fmt: skip


def _proportions(frame: Frame, what: Property, unit: str) -> list[dict[str, Any]]:
    return [
        question(proportion(frame, what, bucket=bucket, unit=unit, by=by), bucket=bucket, by=by, unit=unit)
        for bucket, by in (("1w", None), ("all", None), ("all", "author"))
    ]


def _by_model(frame: Frame, calls: Mask, bucket: str) -> dict[str, Any]:
    """Each model's part of all attempts that end in a tool call; `top` is above the number of models."""
    whole = {
        row.get("bucket"): row
        for row in proportion(frame, Property("tool_call", calls), bucket=bucket, unit="tokens")
    }
    rows = []
    for row in proportion(frame, Property("tool_call", calls), bucket=bucket, unit="tokens", by="model"):
        every, priced = whole[row.get("bucket")], row["cost_usd"] is not None
        shares = {
            "token_share": part(row["tool_call_tokens"], every["tool_call_tokens"]),
            "request_share": part(row["tool_call_requests"], every["tool_call_requests"]),
            "cost_share": part(row["tool_call_cost_usd"], every["tool_call_cost_usd"]) if priced else None,
        }
        row.pop("known_share")
        rows.append(row | shares | {"share": shares["token_share"]})
    return question(rows, bucket=bucket, by="model", unit="tokens", top=EVERYONE)


def _reasoning(frame: Frame) -> dict[str, Any]:
    events, flag = frame.events, frame["reasoning"]
    own = flag.codes == (flag.values.index("yes") if "yes" in flag.values else -1)
    says = events["reasoning"] >= 0
    found = []
    for bucket in ("1w", "all"):
        times = frame.bucket(bucket)
        size = len(times.values)
        prompt, flagged = (total(times.codes, size, events["prompt"], where) for where in (None, own))
        thought = total(times.codes, size, np.maximum(events["reasoning"], 0))
        said = total(times.codes, size, events["completion"], says)
        known = total(times.codes, size, None, says)
        rows = proportion(frame, Property("reasoning_model", own), bucket=bucket, unit="tokens")
        for place, row in enumerate(rows):
            row["prompt_share"] = part(flagged[place], prompt[place])
            row["reasoning_token_share"] = part(thought[place], said[place])
            row["reasoning_known_share"] = part(known[place], row["n"])
            for name in ("reasoning_model_requests", "reasoning_model_cost_usd", "known_share"):
                row.pop(name)
        found.append(question(rows, bucket=bucket, unit="tokens"))
    return metric(*found)


def _offered(frame: Frame, calls: Mask, offers: Mask) -> dict[str, Any]:
    found = []
    for bucket in ("1w", "all"):
        times = frame.bucket(bucket)
        called = total(times.codes, len(times.values), None, calls)
        rows = proportion(
            frame, Property("tools_offered", offers, frame.events["tools_offered"] >= 0), bucket=bucket, unit="tokens"
        )
        for place, row in enumerate(rows):
            row["invoked_per_offered"] = part(called[place], row["tools_offered_requests"])
        found.append(question(rows, bucket=bucket, unit="tokens"))
    return metric(
        *found, reading="invoked_per_offered counts all attempts that end in a tool call, also where nothing is said "
        "of tools offered"
    )  # fmt: skip


def _composite(frame: Frame, calls: Mask, offers: Mask) -> dict[str, Any]:
    flag = frame["reasoning"]
    own = flag.codes == (flag.values.index("yes") if "yes" in flag.values else -1)
    known = frame.events["tools_offered"] >= 0
    found = []
    for bucket in ("1w", "all"):
        columns = [
            proportion(frame, Property("x", mask, known), bucket=bucket, unit="tokens")
            for mask in (own, calls, offers)
        ]
        rows = []
        for reasoning, called, offered in zip(*columns, strict=True):
            shares = {
                "reasoning_share": reasoning["token_share"],
                "tool_call_share": called["token_share"],
                "tools_offered_share": offered["token_share"] if offered["known_share"] else None,
            }
            held = [share for share in shares.values() if share is not None]
            volumes = {name: reasoning[name] for name in ("tokens", "requests", "cost_usd", "n", "unpriced")}
            rows.append(keyed(reasoning.get("bucket", "")) | {"share": sum(held) / len(held)} | shares | volumes)
        found.append(question(rows, bucket=bucket))
    return metric(*found)


def _filtered(frame: Frame) -> dict[str, Any]:
    filtered = Property("content_filter", frame.events["finish"] == _FILTER)
    found = []
    for bucket, by in (("1w", None), ("all", None), ("all", "source"), ("all", "author")):
        rows = proportion(frame, filtered, bucket=bucket, unit="requests", by=by)
        for row in rows:
            row["rate"] = row["request_share"]
            row.pop("content_filter_cost_usd")
            row.pop("cost_share")
        found.append(question(rows, bucket=bucket, by=by, unit="requests"))
    return metric(*found)


def _good(frame: Frame) -> dict[str, Any]:
    events = frame.events
    good = np.isin(events["finish"], (_STOP, _CALLS)) & (events["status"] == 0)
    found = []
    for bucket, by in (("1w", None), ("all", None), ("all", "model")):
        rows = [
            _good_row(row) for row in proportion(frame, Property("good", good), bucket=bucket, unit="tokens", by=by)
        ]
        found.append(question(rows, bucket=bucket, by=by, unit="usd"))
    return metric(*found)


def _good_row(row: Row) -> Row:
    keys = {name: row[name] for name in ("bucket", "model") if name in row}
    priced = row["cost_usd"] is not None
    figures = {
        "cost_per_good_usd": part(row["cost_usd"], row["good_requests"]) if priced else None,
        "good_cost_mean_usd": part(row["good_cost_usd"], row["good_requests"]) if priced else None,
        "good_rate": row["request_share"],
        "good_requests": row["good_requests"],
        "good_cost_usd": row["good_cost_usd"],
        "known_share": part(row["n"] - row["unpriced"], row["n"]),
    }
    return keys | figures | {name: row[name] for name in ("tokens", "requests", "cost_usd", "n", "unpriced")}
