"""Only a value that the engine could not read may cut a batch; memory, disk and time never do."""

from errno import ENOSPC

import pytest
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError

from tokentide.schemas.errors import UserError
from tokentide.sinks.clickhouse.errors import (
    LedgerMismatchError,
    StaleBootError,
    StoreShortError,
    Verdict,
    classify,
    shortage,
)


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        (6, "poison"),  # CANNOT_PARSE_TEXT
        (53, "poison"),  # TYPE_MISMATCH
        (70, "poison"),  # CANNOT_CONVERT_TYPE
        (117, "poison"),  # INCORRECT_DATA
        (241, "transient"),  # MEMORY_LIMIT_EXCEEDED
        (243, "transient"),  # NOT_ENOUGH_SPACE
        (74, "transient"),  # CANNOT_READ_FROM_FILE_DESCRIPTOR
        (75, "transient"),  # CANNOT_WRITE_TO_FILE_DESCRIPTOR
        (159, "transient"),  # TIMEOUT_EXCEEDED
        (202, "transient"),  # TOO_MANY_SIMULTANEOUS_QUERIES
        (209, "transient"),  # SOCKET_TIMEOUT
        (210, "transient"),  # NETWORK_ERROR
        (252, "transient"),  # TOO_MANY_PARTS
        (999, "transient"),  # KEEPER_EXCEPTION
        (394, "transient"),  # QUERY_WAS_CANCELLED
        (60, "permanent"),  # UNKNOWN_TABLE
        (16, "permanent"),  # NO_SUCH_COLUMN_IN_TABLE
        (497, "permanent"),  # ACCESS_DENIED
        (516, "permanent"),  # AUTHENTICATION_FAILED
    ],
)
def test_what_an_engine_error_means(code: int, verdict: str) -> None:
    assert classify(DatabaseError("said", code=code)) == verdict


def test_what_has_no_code_may_pass() -> None:
    assert classify(OperationalError("connection reset")) is Verdict.TRANSIENT
    assert classify(TimeoutError()) is Verdict.TRANSIENT
    assert classify(ConnectionResetError()) is Verdict.TRANSIENT


def test_a_persons_mistake_and_a_broken_ledger_are_not_retried() -> None:
    assert classify(UserError("setting")) is Verdict.PERMANENT
    assert classify(LedgerMismatchError("other batches")) is Verdict.PERMANENT


def test_a_reopened_store_is_told_apart() -> None:
    assert classify(StaleBootError("opened anew")) is Verdict.STALE_BOOT
    assert classify(DatabaseError("refused by the store", code=9001)) is Verdict.STALE_BOOT


class EngineError(Exception):
    """An error of the engine, with its code."""

    def __init__(self, code: int, words: str = "") -> None:
        super().__init__(words)
        self.code = code


@pytest.mark.parametrize(
    "error",
    [
        EngineError(243),
        EngineError(241),
        OSError(ENOSPC, "No space left on device"),
        EngineError(75, "Cannot write to file, errno: 28, strerror: No space left on device"),
    ],
    ids=["disk", "memory", "our own file", "the engine's file"],
)
def test_a_shortage_is_told_and_may_pass(error: Exception) -> None:
    words = shortage(error)
    assert "nothing is confirmed" in words
    assert classify(StoreShortError(f"store x: {words}", None)) is Verdict.TRANSIENT


def test_other_errors_are_no_shortage() -> None:
    assert shortage(EngineError(60)) == shortage(ValueError("x")) == ""
