"""What a pydantic fault means in our words: the first rule broken, by reason and then by field."""

from collections.abc import Collection, Sequence
from typing import Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from tokentide.schemas.reasons import Reason
from tokentide.schemas.refusal import EventRefusedError

_ORDER: Final = tuple(Reason)
_CODES: Final = frozenset(reason.value for reason in Reason)


def broken(reason: Reason, field: str, detail: str) -> PydanticCustomError:
    """Return the fault of a rule that no single field can tell."""
    return PydanticCustomError(reason.value, "{detail}", {"detail": detail, "field": field})


def first_refusal(fault: ValidationError, fields: Sequence[str], identities: Collection[str]) -> EventRefusedError:
    """Return the refusal for the first reason, in the order of `Reason`, of the first field, in that of `fields`.

    Args:
        fault: what the model found.
        fields: all fields in their order.
        identities: fields that hold a hash of an identity; whatever is wrong with one is raw_identity.
    """
    found = [_classified(error, identities) for error in fault.errors(include_input=True, include_url=False)]
    reason, field, detail = min(found, key=lambda each: (_ORDER.index(each[0]), fields.index(each[1])))
    return EventRefusedError(reason, field, detail)


def _classified(error: ErrorDetails, identities: Collection[str]) -> tuple[Reason, str, str]:
    field = str(error["loc"][0]) if error["loc"] else str(error.get("ctx", {}).get("field", ""))
    if field in identities:
        return Reason.RAW_IDENTITY, field, "not a hash of 32 to 64 hex digits"
    return _reason(error), field, error["msg"]


def _reason(error: ErrorDetails) -> Reason:
    kind = error["type"]
    if kind in _CODES:
        return Reason(kind)
    if kind == "literal_error":
        return Reason.OUT_OF_RANGE if isinstance(error["input"], str) else Reason.WRONG_TYPE
    return Reason.WRONG_TYPE if kind.endswith("_type") or kind == "int_from_float" else Reason.OUT_OF_RANGE
