"""`tokentide run FILE…`: one shot through broker and worker into the store."""

import asyncio

from tokentide.cli.options import Files, FormatName, Gateway, Json, Kafka, Start, Store, parse_instant
from tokentide.schemas.settings import Settings, load_settings


def command(
    files: Files,
    format_name: FormatName = "usage-events",
    store: Store = None,
    kafka: Kafka = None,
    gateway: Gateway = None,
    start: Start = None,
    as_json: Json = False,
) -> None:
    """Replay files through broker and worker into the store, wait until drained, print the balance sheet."""
    from tokentide.assembly import faults_of
    from tokentide.cli.balance import print_balance
    from tokentide.cli.progress import Progress
    from tokentide.gateways.formats import DEFAULT_START
    from tokentide.gateways.replay import Replay
    from tokentide.oneshot import run_once

    settings = _for_files(load_settings(faults_of, store=store, kafka=kafka, fsync=False))
    if "breaker_ratio" not in settings.model_fields_set:  # a file has no minutes of its own
        settings = settings.model_copy(update={"breaker_ratio": 0.0})
    begin = parse_instant("--start", start) or DEFAULT_START
    replay = Replay(tuple(files), format_name, gateway, begin)
    expected = replay.check()
    with Progress("settled") as progress:
        balance = asyncio.run(
            run_once(settings, replay.events(), lambda done: progress.show(done, f" of {expected:,}"))
        )
    print_balance(balance, as_json=as_json)


def _for_files(settings: Settings) -> Settings:
    """Let a file be as bad as it is unless a ratio was asked for: replayed at once, it has no minutes to judge."""
    if "breaker_ratio" in settings.model_fields_set:
        return settings
    return settings.model_copy(update={"breaker_ratio": 0.0})
