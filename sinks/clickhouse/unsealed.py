"""Why a received day is not sealed: which partition holds it back, and what to do about it."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from tokentide.sinks.clickhouse.days import SEALED_AFTER
from tokentide.sinks.clickhouse.watermarks import Log


def why_unsealed(logs: Sequence[Log], watermark: datetime | None, day: date) -> str:
    """Return what holds a day back, as the end of a sentence.

    Args:
        logs: live ones of the store.
        watermark: of the store.
        day: received, and not sealed.
    """
    unknown = [log for log in logs if log.confirmed is None]
    if unknown:
        return (
            f"{' and '.join(map(_where, unknown))} {_were(unknown)} never observed; let a worker own every partition "
            "until it has read to the end, which it records within 10 s"
        )
    if watermark is None:
        return "the store has met no topic; run `tokentide migrate`, then a worker until it has read to the end"
    sealed_at = datetime.combine(day + timedelta(days=1), time(), UTC) + SEALED_AFTER
    slowest = min(logs, key=lambda log: log.confirmed or sealed_at, default=None)
    held = f"{_where(slowest)} is settled" if slowest else "everything is settled"
    return (
        f"{held} up to {_stamp(watermark)}, and it must be up to {_stamp(sealed_at)}; "
        "run this again when a worker has read so far"
    )


def _where(log: Log) -> str:
    several = "s" if len(log.behind) > 1 else ""
    return f"partition{several} {', '.join(map(str, log.behind))} of {log.topic} (epoch {log.epoch})"


def _were(logs: Sequence[Log]) -> str:
    return "was" if len(logs) == 1 and len(logs[0].behind) == 1 else "were"


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
