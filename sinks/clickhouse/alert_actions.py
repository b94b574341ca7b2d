"""What people said of alerts (ack, accept, silence), and which change reached which channel."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

import pyarrow as pa

from tokentide.sinks.clickhouse.store import Store

ANY_WATCH: Final = "*"


class ActionKind(StrEnum):
    """What was said."""

    ACK = "ack"
    """Somebody looks at it: it is not repeated to people, Alertmanager still hears it."""
    ACCEPT = "accept"
    """This is the new level: the alert closes and the baseline starts anew."""
    SILENCE = "silence"
    """Nobody is told until its end; decisions go on."""


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a person said.

    Attributes:
        kind: what.
        watch: of which watch; '*' of all (silences only).
        alert_id: which alert was open; '' of a silence.
        at: when.
        until: end of a silence; of the others `at`.
        who: as they called themselves.
        note: why.
    """

    kind: ActionKind
    watch: str
    alert_id: str
    at: datetime
    until: datetime
    who: str
    note: str

    @property
    def action_id(self) -> str:
        """Return the name of the action; saying it twice in one moment says it once."""
        told = "\x00".join((self.kind, self.watch, self.alert_id, self.at.isoformat(), self.who))
        return hashlib.sha256(told.encode()).hexdigest()[:32]

    def silences(self, watch: str, now: datetime) -> bool:
        """Tell whether nobody is to hear of a watch now."""
        return self.kind is ActionKind.SILENCE and self.watch in (watch, ANY_WATCH) and self.at <= now < self.until


_STAMP: Final = pa.timestamp("ms", "UTC")
_ACTIONS: Final = pa.schema(
    [
        *(pa.field(name, pa.string(), nullable=False) for name in ("action_id", "kind", "watch", "alert_id")),
        *(pa.field(name, _STAMP, nullable=False) for name in ("at", "until")),
        *(pa.field(name, pa.string(), nullable=False) for name in ("who", "note")),
    ]
)
_DELIVERIES: Final = pa.schema(
    [
        pa.field("change_id", pa.string(), nullable=False),
        pa.field("channel", pa.string(), nullable=False),
        pa.field("delivered_at", _STAMP, nullable=False),
    ]
)


def record_action(store: Store, action: Action) -> None:
    """Write what a person said."""
    row = asdict(action) | {"action_id": action.action_id, "kind": action.kind.value}
    store.insert("alert_actions", pa.Table.from_pylist([row], _ACTIONS), f"action:{action.action_id}:{store.boot}")


def read_actions(store: Store, since: datetime) -> list[Action]:
    """Return what was said or still holds after a time, oldest first."""
    sql = (
        "SELECT kind, watch, alert_id, at, until, who, note FROM alert_actions FINAL "
        "WHERE greatest(at, until) > {since:DateTime64(3, 'UTC')} ORDER BY at"
    )
    return [_action(row) for row in store.rows(sql, {"since": since})]


def record_deliveries(store: Store, channel: str, change_ids: Iterable[str], at: datetime) -> None:
    """Write that a channel took these changes."""
    taken = sorted(change_ids)
    rows = [{"change_id": each, "channel": channel, "delivered_at": at} for each in taken]
    if rows:
        print_ = hashlib.sha256("".join(taken).encode()).hexdigest()[:24]
        store.insert(
            "alert_deliveries", pa.Table.from_pylist(rows, _DELIVERIES), f"delivered:{channel}:{print_}:{store.boot}"
        )


def delivered(store: Store, channel: str, change_ids: Sequence[str]) -> set[str]:
    """Return which of these changes a channel has taken."""
    sql = (
        "SELECT DISTINCT change_id FROM alert_deliveries "
        "WHERE channel = {channel:String} AND change_id IN {ids:Array(String)}"
    )
    if not change_ids:
        return set()
    return {row["change_id"] for row in store.rows(sql, {"channel": channel, "ids": list(change_ids)})}


def _action(row: Mapping[str, Any]) -> Action:
    return Action(
        ActionKind(row["kind"]),
        row["watch"],
        row["alert_id"],
        _utc(row["at"]),
        _utc(row["until"]),
        row["who"],
        row["note"],
    )


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
