"""`tokentide worker`: the Faust worker."""

import asyncio
import logging
import os
from typing import Annotated

import typer

from tokentide.cli.logs import hear_libraries, keep_a_log
from tokentide.cli.options import Kafka, Store
from tokentide.schemas.errors import UsageError
from tokentide.schemas.settings import Settings, load_settings, unknown_variables

logger = logging.getLogger(__name__)


def command(
    store: Store = None,
    kafka: Kafka = None,
    check_config: Annotated[bool, typer.Option("--check-config", help="check the settings and exit")] = False,
) -> None:
    """Work until told to stop: settings from TOKENTIDE_* or .env."""
    from tokentide.assembly import faults_of

    settings = load_settings(faults_of, store=store, kafka=kafka)
    for name in unknown_variables():
        logger.warning("%s is no setting of this version; `tokentide worker --check-config` lists them", name)
    if check_config:
        _print(settings)
        return
    if settings.kafka.startswith("embedded"):
        raise UsageError(
            "TOKENTIDE_KAFKA is embedded://, which nobody else can reach: name a Kafka, or use `tokentide run`"
        )
    _work(settings)


def _print(settings: Settings) -> None:
    from tokentide.sinks.clickhouse.address import parse_address

    # Addresses without the passwords they may hold.
    shown = {"kafka": settings.kafka_address(), "store": parse_address(settings.store)}
    for name in type(settings).model_fields:
        print(f"TOKENTIDE_{name.upper():<26} {shown.get(name, getattr(settings, name))}")
    print("The settings can be used.")


def _work(settings: Settings) -> None:
    from tokentide.streams.faults import fault_point
    from tokentide.streams.worker import exit_now
    from tokentide.supervised import run_worker

    keep_a_log()
    reach = fault_point(os.environ.get("TOKENTIDE_FAULT_POINT"))
    # Not `asyncio.run`: it would wait for threads, and one may hang in a store that never answers.
    exit_now(asyncio.Runner().run(run_worker(settings, on_start=hear_libraries, reach=reach)))
