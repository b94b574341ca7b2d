"""Text as the engine reads it in a statement that takes no parameters."""

from collections.abc import Iterable


def quoted(text: str) -> str:
    """Return text as an SQL string."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def numbers(values: Iterable[int]) -> str:
    """Return whole numbers as an SQL `Array(UInt64)`."""
    return f"CAST([{', '.join(map(str, values))}], 'Array(UInt64)')"
