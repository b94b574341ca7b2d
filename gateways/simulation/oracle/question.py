"""Answers as they stand in the oracle's file: what was asked, and the rows."""

from collections.abc import Sequence
from typing import Any

from tokentide.gateways.simulation.oracle.frame import Row

Answer = dict[str, Any]


def question(rows: Sequence[Row], **ask: object) -> Answer:
    """Return one question with its rows; an ask of None is left out."""
    return {"ask": {name: value for name, value in ask.items() if value is not None}, "rows": list(rows)}


def metric(*questions: Answer, reading: str = "") -> dict[str, Any]:
    """Return the questions of one metric, with the reading chosen where its definition leaves one open."""
    return {"questions": list(questions)} | ({"reading": reading} if reading else {})


def keyed(bucket: str, **keys: str) -> Row:
    """Return the keys a row begins with; a bucket without a name is left out."""
    return ({"bucket": bucket} if bucket else {}) | keys
