"""What an error of the store means for the batch that met it: one place, by the engine's numeric code.

Anything not named here is transient: the same bytes are tried again. Memory, disk and timeouts
are never the fault of a row, so they never lead to a batch being cut.
"""

from enum import StrEnum
from errno import ENOSPC
from typing import Final

from tokentide.schemas.errors import UserError


class Verdict(StrEnum):
    """What to do with the batch.

    TRANSIENT: try the same bytes again, with backoff.
    PERMANENT: no retry helps until a person changes the store, its schema or its rights.
    POISON: the engine could not read a value of the block; the block may be bisected.
    STALE_BOOT: the store was opened anew; ask what it holds before writing with the new boot.
    """

    TRANSIENT = "transient"
    PERMANENT = "permanent"
    POISON = "poison"
    STALE_BOOT = "stale_boot"


STALE_BOOT_CODE: Final = 9001
"""Code with which a Tokentide store refuses an insert that names an old boot; not one of ClickHouse's."""

_POISON: Final = frozenset({6, 26, 27, 38, 41, 53, 69, 70, 72, 117, 131, 321, 349, 407, 441})
_PERMANENT: Final = frozenset(
    {16, 36, 44, 46, 47, 48, 50, 57, 60, 62, 80, 81, 115, 164, 192, 193, 194, 497, 511, 516, 656}
)


_SHORT_OF: Final = {
    243: "its disk is full: make room there; nothing is confirmed until then",
    241: "it is short of memory: give it more, or lower TOKENTIDE_BATCH_ROWS; nothing is confirmed until then",
}
"""Codes of what a person has to make room for, and how."""

_DEFECTS: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NameError,
    TypeError,
    ValueError,
)
"""Of our own making: no retry mends them, and a loop must not hide them."""


class StoreUnreachableError(UserError):
    """Nothing answers at the server's address: at start a person's to mend, later a matter of time.

    `store` is its address, to name it again when it is back.
    """

    def __init__(self, words: str, store: str = "the store") -> None:
        super().__init__(words)
        self.store = store


class StoreShortError(UserError):
    """The store has no disk or memory left: at start a person's to mend, later the batch waits for it.

    `code` is the engine's.
    """

    def __init__(self, words: str, code: int | None) -> None:
        super().__init__(words)
        self.code = code


class StoreClosedError(RuntimeError):
    """The store was used after it was closed."""


class RepairPendingError(UserError):
    """The store was not closed cleanly and its repair has not run: it accepts no inserts."""


class RepairFailedError(RuntimeError):
    """The store is not equal to its facts after a repair."""


class StaleBootError(RuntimeError):
    """An insert names another opening of the store than this one; its token proves nothing here."""

    code = STALE_BOOT_CODE


class LedgerMismatchError(RuntimeError):
    """The ledger holds a batch that overlaps the planned one without being it; writing would count twice."""


def code_of(error: BaseException) -> int | None:
    """Return the engine's numeric error code, or None where the error has none (network, process)."""
    code = getattr(error, "code", None)
    return code if isinstance(code, int) else None


def shortage(error: BaseException) -> str:
    """Return what the store is short of and what to do about it, or '' for any other error."""
    full = (isinstance(error, OSError) and error.errno == ENOSPC) or "No space left on device" in str(error)
    return _SHORT_OF[243] if full else _SHORT_OF.get(code_of(error) or 0, "")


def classify(error: BaseException) -> Verdict:
    """Return what an error of an insert or query means; by default that it may pass.

    Source: ClickHouse `src/Common/ErrorCodes.cpp`.
    """
    if isinstance(error, (StoreUnreachableError, StoreShortError)):
        return Verdict.TRANSIENT
    if isinstance(error, (UserError, LedgerMismatchError, StoreClosedError, *_DEFECTS)):
        return Verdict.PERMANENT
    code = code_of(error)
    if code == STALE_BOOT_CODE:
        return Verdict.STALE_BOOT
    if code in _POISON:
        return Verdict.POISON
    return Verdict.PERMANENT if code in _PERMANENT else Verdict.TRANSIENT
