"""Durations as people write them: `250ms`, `10s`, `15m`, `2h`, `7d`, `10y`."""

import re
from datetime import timedelta
from typing import Annotated, Any, Final

from pydantic import BeforeValidator

_UNITS_S: Final = {
    "ms": 0.001,
    "s": 1.0,
    "m": 60.0,
    "h": 3_600.0,
    "d": 86_400.0,
    "w": 604_800.0,
    "y": 31_557_600.0,
}
_FORM: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhdwy])")


def parse_duration(text: str) -> timedelta:
    """Return the time span that `text` names.

    Raises:
        ValueError: not a number followed by one of ms, s, m, h, d, w, y.
    """
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a duration such as 250ms, 10s, 15m, 2h, 7d or 10y")
    return timedelta(seconds=float(match[1]) * _UNITS_S[match[2]])


def _validate(value: Any) -> Any:
    return parse_duration(value) if isinstance(value, str) else value


Duration = Annotated[timedelta, BeforeValidator(_validate)]
