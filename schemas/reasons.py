"""Why a message is refused: a closed set, shared by the ledger, dead letters and the balance sheet."""

from enum import StrEnum


class Reason(StrEnum):
    """One code per refused message; the first rule it breaks, in the order below."""

    TOO_LARGE = "too_large"
    NOT_UTF8 = "not_utf8"
    NOT_AN_OBJECT = "not_an_object"
    DUPLICATE_KEY = "duplicate_key"
    UNKNOWN_SCHEMA = "unknown_schema"
    MISSING = "missing"
    WRONG_TYPE = "wrong_type"
    OUT_OF_RANGE = "out_of_range"
    RAW_IDENTITY = "raw_identity"
    CACHED_EXCEEDS_PROMPT = "cached_exceeds_prompt"
    REASONING_EXCEEDS_COMPLETION = "reasoning_exceeds_completion"
    TIME_AHEAD = "time_ahead"
    TIME_TOO_OLD = "time_too_old"
    CONFLICT = "conflict"
