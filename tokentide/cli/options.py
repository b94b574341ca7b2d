"""Options that several commands share, declared once."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from tokentide.schemas.errors import UsageError

Store = Annotated[
    str | None, typer.Option("--store", help="chdb:///path or clickhouse(s)://…; default TOKENTIDE_STORE")
]
Kafka = Annotated[
    str | None, typer.Option("--kafka", help="kafka://host:9092[,…] or embedded://; default TOKENTIDE_KAFKA")
]
Files = Annotated[list[Path], typer.Argument(help="traces, plain, .gz or .zst", show_default=False)]
FormatName = Annotated[str, typer.Option("--format", help="format of the files")]
Gateway = Annotated[str | None, typer.Option(help="gateway to publish under; default: the format's own")]
Start = Annotated[str | None, typer.Option(help="second 0 of traces that count from their own beginning (RFC 3339)")]
Json = Annotated[bool, typer.Option("--json", help="print one JSON object as the last line")]


def parse_instant(name: str, text: str | None) -> datetime | None:
    """Return the UTC instant of an ISO 8601 date or time; without a zone it is UTC.

    Raises:
        UsageError: names the option.
    """
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{name} is {text!r}; write a date or time such as 2025-11-30T12:00:00Z.") from None
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
