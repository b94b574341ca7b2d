"""Values as a reader sees them; the page's own script writes them the same way."""

from typing import Any, Final

_SCALES: Final = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))


def written(value: Any, kind: str) -> str:
    """Return a value in words.

    Args:
        value: a number, a text, or None.
        kind: one of `figure.Kind`.
    """
    if value is None:
        return "–"
    if kind == "share":
        return f"{value * 100:.1f} %"
    if kind == "price":
        return f"${value:.3g}"
    if kind == "usd":
        return f"${_short(value)}"
    return str(value) if isinstance(value, str) else _short(value)


def _short(value: float) -> str:
    for scale, letter in _SCALES:
        if abs(value) >= scale:
            return f"{value / scale:.3g}{letter}"
    return f"{value:.3g}" if isinstance(value, float) else f"{value:,}"
