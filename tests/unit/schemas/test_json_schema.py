"""The exported JSON Schema: fresh, and of one mind with the model wherever JSON Schema can say it."""

import json
from pathlib import Path

import jsonschema
import pytest
from support.messages import Example, examples, full_message, message

from tokentide.schemas import json_schema

FILE = Path(__file__).parents[3] / "schemas" / "usage_event.v1.json"
SCHEMA = json.loads(FILE.read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
BEYOND = {
    "duplicate_key",
    "cached_exceeds_prompt",
    "reasoning_exceeds_completion",
    "time_ahead",
    "time_too_old",
}
"""Reasons that no JSON Schema can give."""
BEYOND_EXAMPLES = {
    "5.0 for tokens",
    "1000.0 for tokens",
    "1e3 for tokens",
    "a time on February 30th",
    "a time at 24 o'clock",
    "a time in a leap second",
    "a time in year 0",
    "a time before 1970",
    "a time after 2199",
    "a cost text over a million",
    # A Python regular expression's "$" also matches before a last newline; ECMA 262's does not.
    "an id that ends in a newline",
}


def test_the_file_is_fresh() -> None:
    assert FILE.read_text(encoding="utf-8") == json_schema.schema_text(), (
        "run: python -m tokentide.schemas.json_schema > schemas/usage_event.v1.json"
    )


def test_it_is_a_json_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("example", examples("accepted"), ids=lambda example: example.name)
def test_it_accepts_what_the_model_accepts(example: Example) -> None:
    parsed = json.loads(example.message, parse_int=lambda digits: int(digits[:25]))
    VALIDATOR.validate(parsed)


@pytest.mark.parametrize("example", examples("refused"), ids=lambda example: example.name)
def test_it_refuses_what_the_model_refuses(example: Example) -> None:
    try:
        parsed = json.loads(example.message.decode(), parse_constant=_not_json)
    except (ValueError, RecursionError):
        return
    if example.reason in BEYOND - {"duplicate_key"} or example.name in BEYOND_EXAMPLES or _beyond(example):
        return
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(parsed)


def _beyond(example: Example) -> bool:
    """A repeated key is gone once parsed, and depth is no matter of a schema; an alias beside its field stays."""
    repeated = example.reason == "duplicate_key" and "alias beside" not in example.name
    return (
        (repeated and "two aliases" not in example.name) or "nested" in example.name or example.reason == "too_large"
    )


def _not_json(name: str) -> None:
    raise ValueError(name)


def test_every_field_and_alias_is_in_it() -> None:
    full = set(json.loads(full_message()))
    aliases = {
        name for name in SCHEMA["properties"] if "tokens_" in name or name in {"input_tokens", "output_tokens"}
    }
    assert set(SCHEMA["properties"]) == full | aliases


def test_unknown_fields_are_let_through() -> None:
    VALIDATOR.validate(json.loads(message(anything={"x": [1]})))
