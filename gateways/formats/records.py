"""JSON records of a trace: read strictly, with the line and field named when one is not as it should be."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

from tokentide.gateways.files import Line, read_lines


def read_records(path: Path) -> Iterator[tuple[Line, dict[str, Any]]]:
    """Yield every line of an NDJSON file with the object it holds.

    Raises:
        UserError: a line is not one JSON object.
    """
    for line in read_lines(path):
        try:
            record = json.loads(line.text, parse_constant=_refuse)
        except (ValueError, RecursionError):
            raise line.fault("it is not one JSON object.") from None
        if not isinstance(record, dict):
            raise line.fault("it is not a JSON object.")
        yield line, record


def whole(line: Line, record: Mapping[str, Any], name: str) -> int:
    """Return the field as a whole number ≥ 0.

    Raises:
        UserError: missing or anything else.
    """
    value = record.get(name)
    if type(value) is not int or value < 0:
        raise line.fault(f"{name} is not a whole number.")
    return value


def canonical(record: Mapping[str, Any]) -> bytes:
    """Return the record as bytes that do not depend on key order or spacing."""
    return json.dumps(record, sort_keys=True, separators=(",", ":")).encode()


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
