"""Azure LLM inference trace 2023: one CSV row per request, `TIMESTAMP,ContextTokens,GeneratedTokens`.

The trace knows arrival, prompt and completion length and nothing else: model and author become `unknown`,
everything else stays null. Arrival stands in for completion, because no duration is given. Times have no zone
in the file and are UTC; the seventh fractional digit is cut (never rounded up into the next second) and
lives on in the event_id, which is made of the row as written.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tokentide.gateways.files import Line, read_lines
from tokentide.gateways.formats.encode import encode
from tokentide.gateways.formats.identity import Identity
from tokentide.gateways.formats.replay_event import UNKNOWN_MODEL, Population, ReplayEvent

NAME: Final = "azure-llm-2023"
_HEADER: Final = b"TIMESTAMP,ContextTokens,GeneratedTokens"
_ROW: Final = re.compile(rb"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.(\d{1,7}))?,(\d{1,10}),(\d{1,10})")


def read(path: Path, population: Population) -> Iterator[ReplayEvent]:
    """Yield one event per row.

    Raises:
        UserError: no such header, or a row of another form; names file and line.
    """
    lines = read_lines(path)
    header = next(lines, None)
    if header is None or header.text.removeprefix(b"\xef\xbb\xbf") != _HEADER:
        raise (header or Line(path, 1, b"")).fault(f"an {NAME} file starts with {_HEADER.decode()}.")
    identity = Identity(NAME, population)
    for line in lines:
        yield _event(line, identity, population)


def _event(line: Line, identity: Identity, population: Population) -> ReplayEvent:
    row = _ROW.fullmatch(line.text)
    if row is None:
        raise line.fault("it is not TIMESTAMP,ContextTokens,GeneratedTokens.")
    second, fraction, prompt, completion = (part.decode() for part in row.groups(b"0"))
    fields = {
        "event_id": identity.name(line.text),
        "gateway": population.gateway,
        "model": UNKNOWN_MODEL,
        "prompt_tokens": int(prompt),
        "completion_tokens": int(completion),
    }
    return encode(line, _time(line, second, fraction), fields)


def _time(line: Line, second: str, fraction: str) -> datetime:
    try:
        return datetime.fromisoformat(f"{second}.{fraction:0<6.6}").replace(tzinfo=UTC)
    except ValueError:
        raise line.fault(f"{second} is not a time.") from None
