"""What may be shown of a refused message: the legal values of known fields, and of the rest type and length.

Nothing a stored column could not hold comes out, neither as a value nor as the name of a field.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Final

from pydantic import ConfigDict, TypeAdapter, ValidationError

from tokentide.schemas.refusal import EventRefusedError
from tokentide.schemas.strict_json import parse_object
from tokentide.schemas.usage_event import ALIASES, KNOWN, Label, UsageEvent

MAX_UNKNOWN: Final = 64
"""Unknown fields listed; of more only the number is kept."""

_PLAIN_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,31}")
_UNREADABLE: Final = "<unreadable>"
_STRICT: Final = ConfigDict(strict=True, allow_inf_nan=False)


def redact(value: bytes | None) -> dict[str, Any]:
    """Return a message's fields with every value that is not a legal one of a known field replaced; never raises.

    A replaced value reads "<type:length>", the name of an unknown field that is long or odd "<name n:length>",
    and a message that is no JSON object becomes {"<unreadable>": "<bytes:length>"}.
    """
    try:
        data = parse_object(value)
    except EventRefusedError:
        return {_UNREADABLE: _described(value)}
    return {name: _shown(ALIASES.get(name, name), data[name]) for name in data if name in KNOWN} | _unknown(data)


def _shown(field: str, value: Any) -> Any:
    if value is None:
        return None
    try:
        _adapter(field).validate_python(value)
    except ValidationError:
        return _described(value)
    return _kept(field, value)


@cache
def _adapter(field: str) -> TypeAdapter[Any]:
    """Return what decides on a value of this field alone, as the model would."""
    rule = UsageEvent.model_fields[field]
    annotated: Any = Annotated[rule.annotation, field, *rule.metadata]
    return TypeAdapter(annotated, config=_STRICT)


def _kept(field: str, value: Any) -> Any:
    """Return a legal value as it came; of labels only what would be stored of them."""
    if field != "labels":
        return value
    return [Label.model_validate(label).model_dump() for label in value]


def _unknown(data: Mapping[str, Any]) -> dict[str, str]:
    names = [name for name in data if name not in KNOWN]
    listed = {_name(nth, name): _described(data[name]) for nth, name in enumerate(names[:MAX_UNKNOWN], 1)}
    return listed | ({"<more>": f"<fields:{len(names) - MAX_UNKNOWN}>"} if len(names) > MAX_UNKNOWN else {})


def _name(nth: int, name: str) -> str:
    return name if _PLAIN_NAME.fullmatch(name) else f"<name {nth}:{len(name)}>"


def _described(value: object) -> str:
    """Return type and length of a value: characters, members or digits."""
    kinds = {str: "string", bytes: "bytes", dict: "object", list: "array", bool: "boolean", type(None): "null"}
    kind = next((word for each, word in kinds.items() if isinstance(value, each)), "number")
    return f"<{kind}:{len(value) if isinstance(value, str | bytes | dict | list) else len(str(value))}>"
