"""`tokentide alerts`: what stands, what was told, how small a shift can be seen; and what people say to it."""

import getpass
import json
import sys
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tokentide.cli.options import Json, Store
from tokentide.schemas.duration import parse_duration
from tokentide.schemas.errors import UsageError, UserError
from tokentide.schemas.settings import load_settings

if TYPE_CHECKING:
    from tokentide.schemas.alert import AlertEvent
    from tokentide.sinks.clickhouse.alert_actions import Action
    from tokentide.sinks.clickhouse.alert_rows import LimitRow, Standing
    from tokentide.sinks.clickhouse.store import Store as OpenStore


class Verb(StrEnum):
    """What `tokentide alerts` can do."""

    LIST = "list"
    ACK = "ack"
    SILENCE = "silence"
    POWER = "power"
    TEST = "test"


def command(
    verb: Annotated[Verb, typer.Argument(help="list|ack|silence|power|test")] = Verb.LIST,
    watch: Annotated[str | None, typer.Argument(help="which watch: author, tool_call_rate, …; '*' for all")] = None,
    store: Store = None,
    accept_level: Annotated[
        bool,
        typer.Option("--accept-level", help="ack: this is the new level; the alert closes, the baseline restarts"),
    ] = False,
    duration: Annotated[str, typer.Option("--for", help="silence: how long, such as 4h")] = "1h",
    note: Annotated[str, typer.Option(help="ack, silence: why")] = "",
    every: Annotated[bool, typer.Option("--all", help="list: closed alerts too; power: every member")] = False,
    as_json: Json = False,
) -> None:
    """See alerts, answer them, ask what could be seen, and try the way to the people on call."""
    if verb is Verb.TEST:
        _test()
    elif verb is Verb.LIST:
        _list(store, every, as_json)
    elif verb is Verb.POWER:
        _power(store, watch, every, as_json)
    elif verb is Verb.ACK:
        _ack(store, _named(watch, "ack"), accept_level, note)
    else:
        _silence(store, _named(watch, "silence"), duration, note)


def _named(watch: str | None, verb: str) -> str:
    from tokentide.schemas.alert_rules import WATCHABLE

    known = [*WATCHABLE, *(["*"] if verb == "silence" else [])]
    if watch not in known:
        raise UsageError(f"alerts {verb} needs a watch: one of {', '.join(known)}")
    return str(watch)


def _list(url: str | None, every: bool, as_json: bool) -> None:
    from tokentide.cli.reading import open_existing
    from tokentide.sinks.clickhouse.alert_actions import read_actions
    from tokentide.sinks.clickhouse.alert_rows import read_changes, read_standings
    from tokentide.sinks.notify.compose import histories

    with open_existing(url) as opened:
        standings = read_standings(opened)
        found = histories(read_changes(opened))
        actions = read_actions(opened, datetime.now(UTC) - timedelta(days=57))
    shown = [own for own in found if every or not own[-1].kind.ends]
    if as_json:
        print(json.dumps({"alerts": [_object(own) for own in shown], "watches": _watches(standings)}))
        return
    for own in shown:
        _print_alert(own, actions)
    if not shown:
        print("no alert stands")
    for standing in standings.values():
        if standing.reason:
            print(f"{standing.watch}: {standing.status}, {standing.reason}")


def _print_alert(own: "list[AlertEvent]", actions: "list[Action]") -> None:
    first, last = own[0], own[-1]
    ended = f", {last.kind.value} {last.at:%Y-%m-%d %H:%MZ}" if last.kind.ends else ""
    kind = f"{first.urgency.value:<6} {first.alert_class.value:<11}"
    print(f"{kind} since {first.at:%Y-%m-%d %H:%MZ}{ended}  {last.summary}")
    for action in actions:
        if action.alert_id == first.alert_id:
            print(f"       {action.kind.value} by {action.who} {action.at:%Y-%m-%d %H:%MZ} {action.note}".rstrip())


def _object(own: "list[AlertEvent]") -> dict[str, Any]:
    known = {"alert_id": own[0].alert_id, "urgency": own[0].urgency.value, "stands": not own[-1].kind.ends}
    return known | own[-1].model_dump(mode="json")


def _watches(standings: "dict[str, Standing]") -> list[dict[str, str]]:
    return [
        {"watch": each.watch, "status": each.status, "reason": each.reason, "tick": each.tick.isoformat()}
        for each in standings.values()
    ]


def _power(url: str | None, watch: str | None, every: bool, as_json: bool) -> None:
    """Print the smallest shift each composition can show now, in the window it is judged in."""
    from dataclasses import asdict

    from tokentide.cli.reading import open_existing
    from tokentide.sinks.clickhouse.alert_rows import read_limits, read_standings

    with open_existing(url) as opened:
        limits = [each for each in read_limits(opened) if watch in (None, each.watch)]
        standings = read_standings(opened)
    if as_json:
        print(json.dumps([asdict(each) | {"tick": each.tick.isoformat()} for each in limits]))
        return
    for limit in limits if every else _largest(limits):
        print(_sentence(limit))
    for name in sorted(standings.keys() - {each.watch for each in limits}):
        if watch in (None, name):
            print(f"{name}: {standings[name].status}, {standings[name].reason or 'no baseline yet'}")


def _largest(limits: "list[LimitRow]") -> "list[LimitRow]":
    """Return the largest member of each watch, in the window the watch is judged in."""
    judged = [each for each in limits if each.judged]
    return [each for at, each in enumerate(judged) if at == 0 or judged[at - 1].watch != each.watch]


def _sentence(limit: "LimitRow") -> str:
    words = {900: "15 min", 3_600: "1 h", 7_200: "2 h", 21_600: "6 h", 86_400: "24 h"}
    unit = "%" if limit.watch in {"mean_sequence_length", "total_volume"} else "pp"
    series = f"{limit.watch} {limit.member}".strip()
    window = words.get(limit.window_s, f"{limit.window_s} s")
    return f"{series}: smallest shift I can catch: {limit.limit_pp:.1f} {unit} in {window}"


def _ack(url: str | None, watch: str, accept_level: bool, note: str) -> None:
    from tokentide.cli.reading import open_existing
    from tokentide.sinks.clickhouse.alert_actions import ActionKind
    from tokentide.sinks.clickhouse.alert_rows import read_standings

    with open_existing(url) as opened:
        standing = read_standings(opened).get(watch)
        if standing is None or not standing.alert_id:
            raise UserError(f"No alert of {watch} stands: `tokentide alerts list` shows those that do.")
        kind = ActionKind.ACCEPT if accept_level else ActionKind.ACK
        _say(opened, kind, watch, timedelta(0), note, standing.alert_id)
    print(f"{watch}: {'its level is accepted; the next tick closes the alert' if accept_level else 'acknowledged'}")


def _silence(url: str | None, watch: str, duration: str, note: str) -> None:
    from tokentide.cli.reading import open_existing
    from tokentide.sinks.clickhouse.alert_actions import ActionKind

    try:
        length = parse_duration(duration)
    except ValueError as error:
        raise UsageError(f"--for: {error}") from None
    with open_existing(url) as opened:
        _say(opened, ActionKind.SILENCE, watch, length, note)
    print(f"{watch}: nobody is told for {duration}; decisions go on and are listed")


def _say(opened: "OpenStore", kind: Any, watch: str, length: timedelta, note: str, alert_id: str = "") -> None:
    from tokentide.sinks.clickhouse.alert_actions import Action, record_action

    now = datetime.now(UTC)
    now = now.replace(microsecond=now.microsecond // 1000 * 1000)
    record_action(opened, Action(kind, watch, alert_id, now, now + length, _who(), note))


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def _test() -> None:
    """Send one made-up ticket to every channel of the rules, and its end; exit 1 if one did not take it."""
    from tokentide.assembly import alert_rules
    from tokentide.sinks.notify.channel import deliver
    from tokentide.sinks.notify.outbox import channels_of
    from tokentide.sinks.notify.trial import trial

    rules = alert_rules(load_settings())
    if rules is None:
        raise UserError("TOKENTIDE_ALERTS is off: there is no channel to try")
    now, failed = datetime.now(UTC), False
    for channel in channels_of(rules.notify):
        for notice in trial(now):
            why = deliver(channel, [notice], now)
            failed = failed or why is not None
            print(f"{channel.name}: {'taken' if why is None else f'NOT taken: {why}'}", file=sys.stderr)
    if failed:
        sys.exit(1)
