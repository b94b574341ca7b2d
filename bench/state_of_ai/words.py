"""How figures are written on the page."""

from collections.abc import Iterable, Mapping
from typing import Any


def percent(share: float | None) -> str:
    """Return a share in per cent."""
    return "–" if share is None else f"{100 * share:.1f} %"


def tokens(count: float) -> str:
    """Return a number of real tokens."""
    return f"{count / 1e12:.2f}T"


def dollars(price: float | None) -> str:
    """Return USD per million tokens."""
    return "–" if price is None else f"${price:.3f}"


def listed(pairs: Iterable[tuple[str, str]]) -> str:
    """Return names with their figures."""
    return ", ".join(f"{name} {figure}" for name, figure in pairs)


def setting(value: Any) -> str:
    """Return what a scenario is given: a curve by its ends and extremes, a table by its entries."""
    if isinstance(value, Mapping):
        nested = any(isinstance(each, Mapping) for each in value.values())
        if nested:
            return "; ".join(f"{name}: {setting(each)}" for name, each in value.items())
        return listed((name.rpartition("/")[2], f"{each:g}") for name, each in value.items())
    if isinstance(value, tuple) and value and isinstance(value[0], tuple) and isinstance(value[0][1], int | float):
        return _curve(value)
    if isinstance(value, tuple):
        return ", ".join(" ".join(map(str, each)) if isinstance(each, tuple) else str(each) for each in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _curve(knots: tuple[tuple[str, float], ...]) -> str:
    told = {knots[0], knots[-1], min(knots, key=lambda knot: knot[1]), max(knots, key=lambda knot: knot[1])}
    return ", ".join(f"{value:g} ({day[:7]})" for day, value in sorted(told))
