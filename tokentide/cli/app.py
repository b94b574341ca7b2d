"""The commands, by name; a command's room is imported when it is called, so `send` runs on the base install."""

from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperGroup

COMMANDS: Final = {
    "demo": "sample traffic and real traces through the whole pipeline, as three metrics",
    "run": "replay files through broker and worker into the store, print the balance sheet",
    "worker": "the Faust worker",
    "migrate": "create or upgrade the ClickHouse schema and the topics",
    "publish": "replay traces to a real Kafka",
    "simulate": "synthetic traffic with known ground truth",
    "send": "publish one event",
    "metrics": "list metric ids with definitions, units and figures of the study",
    "query": "answer a metric from the store",
    "live": "broker, worker, engine, a simulated market and the live page, in one process",
    "serve": "the live page over a store",
    "report": "the figures of a period as one file; publish what may be shown to strangers",
    "audit": "check the promise: everything received is accounted for, facts equal rollups",
    "alerts": "see alerts, answer them, ask how small a shift can be seen: list|ack|silence|power|test",
    "rebuild": "recompute received days from facts and remove events stored twice",
    "store": "the embedded engine behind ClickHouse's HTTP interface",
}


class LazyGroup(TyperGroup):
    """A group that imports a command's module when the command is named."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names in the order of use."""
        return list(COMMANDS)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the list without importing any command."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        single = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
        single.command(name=cmd_name)(import_module(f"tokentide.cli.{cmd_name}").command)
        return typer.main.get_command(single)


app = typer.Typer(
    name="tokentide",
    cls=LazyGroup,
    help="A live State of AI for whoever runs an LLM gateway.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def _group() -> None:
    """A live State of AI for whoever runs an LLM gateway."""
