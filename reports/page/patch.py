"""What changed between two payloads of a figure: rows of the past stay, the last bucket moves."""

from collections.abc import Sequence
from typing import Any

Json = dict[str, Any]


def patch(before: Json, after: Json) -> Json | None:
    """Return what turns one payload into the next, or None if they say the same.

    The rows of the next one are `rows[drop:drop + keep]` of the one before, then `rows` of the patch; every other
    member that changed is in `set`.
    """
    changed = {name: value for name, value in after.items() if name != "rows" and before.get(name) != value}
    if before["columns"] != after["columns"]:
        return {"figure": after["figure"], "drop": 0, "keep": 0, "rows": after["rows"], "set": changed}
    drop, keep = _common(before["rows"], after["rows"])
    if not changed and drop == 0 and keep == len(before["rows"]) == len(after["rows"]):
        return None
    return {"figure": after["figure"], "drop": drop, "keep": keep, "rows": after["rows"][keep:], "set": changed}


def _common(before: Sequence[Any], after: Sequence[Any]) -> tuple[int, int]:
    """Return how many rows went from the front, and how many of the rest stayed as they were."""
    if not after or not before:
        return 0, 0
    drop = next((place for place, row in enumerate(before) if row == after[0]), len(before))
    left = before[drop:]
    keep = next((place for place, (old, new) in enumerate(zip(left, after, strict=False)) if old != new), None)
    return drop, min(len(left), len(after)) if keep is None else keep
