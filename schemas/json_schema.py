"""The wire contract as JSON Schema, for producers in any language: `python -m tokentide.schemas.json_schema`.

It says all that JSON Schema can. What it cannot: 5.0 is no integer here, a key may not repeat, a date must exist,
a part may not exceed its whole (cached and cache-write tokens of prompt, reasoning tokens of completion), a number
in cost_usd is rounded to 9 decimals, and an event time is held against its record's timestamp.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any, Final

from tokentide.schemas import taxonomy
from tokentide.schemas.strict_json import MAX_BYTES
from tokentide.schemas.usage_event import ALIASES, SCHEMA_MAJOR, UsageEvent

FILE: Final = Path(__file__).parent / "usage_event.v1.json"


def usage_event_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a usage event, aliases included."""
    schema = UsageEvent.model_json_schema(mode="validation")
    properties = schema["properties"]
    properties["schema_version"] = {"const": SCHEMA_MAJOR, "default": SCHEMA_MAJOR, "title": "Schema Version"}
    required = schema["required"]
    schema["required"] = [name for name in required if name not in ALIASES.values()]
    _allow_null(properties, schema["required"])
    _narrow_paths(schema["$defs"]["Label"]["properties"]["path"])
    for alias, name in ALIASES.items():
        properties[alias] = {**properties[name], "title": alias, "description": f"Alias of {name}."}
    schema["allOf"] = [_one_name(name, name in required) for name in dict.fromkeys(ALIASES.values())]
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "urn:tokentide:usage-event:v1"}
    return head | schema | {"$comment": f"At most {MAX_BYTES} bytes of UTF-8, one JSON object per record."}


def _allow_null(properties: dict[str, Any], required: list[str]) -> None:
    """An explicit null counts as absence, so all that is not required under this very name may be null."""
    for name, found in properties.items():
        if name not in required and {"type": "null"} not in found.get("anyOf", []):
            properties[name] = {
                "anyOf": [{key: found[key] for key in found if key not in _ABOUT}, {"type": "null"}],
                **{key: found[key] for key in found if key in _ABOUT},
            }


_ABOUT: Final = frozenset({"title", "description", "default"})


def _narrow_paths(path: dict[str, Any]) -> None:
    tops = "|".join(re.escape(name).replace(r"\ ", " ").replace(r"\&", "&") for name in sorted(taxonomy.TOP_LEVELS))
    path["pattern"] = f"^/({tops})(/|$)"


def _one_name(name: str, required: bool) -> dict[str, Any]:
    """Require a field under exactly one of its names, or, if it is optional, under one at most."""
    names = (name, *(alias for alias, of in ALIASES.items() if of == name))
    given = [{"required": [each], "properties": {each: {"not": {"type": "null"}}}} for each in names]
    return {"oneOf": given if required else [*given, {"not": {"anyOf": given}}]}


def schema_text() -> str:
    """Return the file's text."""
    return json.dumps(usage_event_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema_text())
