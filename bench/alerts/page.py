"""The tables of docs/alerting.md, out of the figures that are kept beside it."""

import re
from pathlib import Path
from typing import Any

import numpy as np

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "alerting.md"
RESULTS = DOCS / "alerting.json"

_WINDOWS = {"900": "15 min", "3600": "1 h", "7200": "2 h", "21600": "6 h", "86400": "24 h"}


def tables(page: str, found: dict[str, Any]) -> str:
    """Return the page with every table between its marks made anew."""
    made = {
        "quiet": _quiet(found),
        "recall": _recall(found),
        "classes": _classes(found),
        "rivals": _rivals(found),
        "limits": _limits(found),
        "grid": _grid(found),
        "lasting": _lasting(found),
    }
    for name, table in made.items():
        mark = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        page = mark.sub(lambda match, table=table: f"{match[1]}{table}\n{match[2]}", page)
    return page


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _share(found: dict[str, Any]) -> list[str]:
    if not found["n"]:
        return ["0", "", ""]
    part = f"{found['hit'] / found['n']:.1%}"
    return [f"{found['hit']} of {found['n']}", part, f"{found['lower95']:.1%} – {found['upper95']:.1%}"]


def _quiet(found: dict[str, Any]) -> str:
    rows = []
    for name, kept in (("synthetic", False), ("traces", True)):
        some = [each for each in found["quiet"] if each["real"] is kept]
        rows.append([name, *_sums(some)])
    return _table(
        ["backgrounds", "gateways", "weeks", "false pages", "tickets"], [*rows, ["all", *_sums(found["quiet"])]]
    )


def _sums(quiet: list[dict[str, Any]]) -> list[str]:
    return [str(len(quiet)), *(str(sum(each[name] for each in quiet)) for name in ("weeks", "pages", "tickets"))]


def _recall(found: dict[str, Any]) -> str:
    rows = [[f"{size} pp, within {each['within_min']} min", *_share(each)] for size, each in found["recall"].items()]
    rows += [
        ["≥ max(5 pp, 1.4 L₁₅), within 20 min", *_share(found["recall_fast"])],
        ["≥ max(3 pp, 1.4 L₁₂₀), within 150 min", *_share(found["recall_slow"])],
        ["of exactly max(5 pp, 1.4 L₁₅), within 20 min", *_share(found["recall_at_the_edge"]["fast"])],
        ["of exactly max(3 pp, 1.4 L₁₂₀), within 150 min", *_share(found["recall_at_the_edge"]["slow"])],
        ["missed, ≥ max(10 pp, 2 L₁₅)", *_share(found["missed_sure"])],
        ["driver right", *_share(found["driver_right"])],
    ]
    for name, each in found["recall_by_source"].items():
        rows.append([f"{name}: ≥ max(5 pp, 1.4 L₁₅), within 20 min", *_share(each["fast"])])
        rows.append([f"{name}: ≥ max(3 pp, 1.4 L₁₂₀), within 150 min", *_share(each["slow"])])
    rows += [
        [f"every {size} pp step, promised or not, within 150 min", *_share(each)]
        for size, each in found["all_steps_150_min"].items()
    ]
    return _table(["steps", "seen", "share", "95 % interval"], rows)


def _classes(found: dict[str, Any]) -> str:
    rows = []
    for name, each in found["classes"].items():
        told, right, driver = (_share(each[key]) for key in ("told", "class_right", "driver_right"))
        rows.append([name, told[0], told[2], right[0], driver[0], driver[2], str(each["delay_p50_min"])])
    head = ["class", "told", "95 % interval", "as this class", "driver right", "95 % interval", "median delay, min"]
    return _table(head, rows)


def _rivals(found: dict[str, Any]) -> str:
    rows = []
    for name, each in found["rivals"].items():
        rate = each.get("false_pages_per_week", round(found["false_pages"] / found["test_weeks"], 3))
        what = f"{each['configuration']}, {each['distance_pp']:g} pp" if "configuration" in each else "this detector"
        rows.append([name.replace("_", " "), what, f"{rate:.2f}", *_share(each["recall"])])
    head = [
        "",
        "window, ticks, distance",
        "false pages a week",
        "steps ≥ 5 pp within 150 min",
        "share",
        "95 % interval",
    ]
    return _table(head, rows)


def _limits(found: dict[str, Any]) -> str:
    rows = []
    for name, real in (("synthetic", False), ("traces", True)):
        for rate in sorted({each["rate"] for each in found["grid"]}):
            kept = [each for each in found["grid"] if each["real"] is real and each["rate"] == rate]
            if kept:
                values = [np.median([each["limit_pp"][window] for each in kept]) for window in _WINDOWS]
                rows.append([name, f"{rate:g}", *(f"{value:.1f}" for value in values)])
    return _table(["backgrounds", "requests/s", *_WINDOWS.values()], rows)


_SETTING = ("real", "rate", "design_effect", "noise", "tails")


def _grid(found: dict[str, Any]) -> str:
    rows = []
    for each in sorted(
        found["grid"], key=lambda one: [one[name] for name in ("real", "rate", "design_effect", "noise", "tails")]
    ):
        limits = [f"{each['limit_pp'][window]:.1f}" for window in ("900", "7200", "86400")]
        seen = [_share(each[name])[0] for name in ("recall_fast", "recall_slow")]
        drawn = [
            "traces" if each["real"] else f"{each['design_effect']:g}",
            f"{each['rate']:g}",
            f"{each['noise']:g}",
            "t4" if each["tails"] else "normal",
        ]
        rows.append([*drawn, *limits, _WINDOWS[str(each["judged_s"])], *seen])
    head = [
        "design effect",
        "requests/s",
        "noise",
        "tails",
        "L 15 min",
        "L 2 h",
        "L 24 h",
        "judged in",
        "fast",
        "slow",
    ]
    return _table(head, rows)


def _lasting(found: dict[str, Any]) -> str:
    two = found["two_steps"]
    rows = [
        ["two lasting 20 pp steps: one page each", *_share(two["one_page_each"])],
        ["the first closes", *_share(two["closed"])],
        ["both drivers right", *_share(two["drivers_right"])],
        ["a year of 1 pp a week: years without a page", _years(found), "", ""],
    ]
    return _table(["", "seen", "share", "95 % interval"], rows)


def _years(found: dict[str, Any]) -> str:
    years = found["year_of_drift"]
    return f"{sum(each['pages'] == 0 for each in years)} of {len(years)}"
