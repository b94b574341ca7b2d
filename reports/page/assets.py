"""The page's own files, read once from the package: HTML, style, scripts, the chart library."""

from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from typing import Final

SCRIPTS: Final = (
    "format.js",
    "colours.js",
    "rows.js",
    "options.js",
    "marks.js",
    "labels.js",
    "timed.js",
    "bars.js",
    "stacks.js",
    "points.js",
    "heat.js",
    "charts.js",
    "table.js",
    "figure.js",
    "chapters.js",
    "alerts.js",
    "theme.js",
)
"""The modules that page and report share, each after those it imports."""
LIBRARY: Final = "vendor/echarts.min.js"
LICENCE: Final = "vendor/LICENSE.echarts"
STYLE: Final = "page.css"
_TYPES: Final = {"js": "text/javascript", "css": "text/css", "html": "text/html", "svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is served."""

    body: bytes
    content_type: str
    tag: str


def text(name: str) -> str:
    """Return a file's text."""
    return files("tokentide.reports.page").joinpath("assets", *name.split("/")).read_text(encoding="utf-8")


def served() -> dict[str, Asset]:
    """Return the files a browser may ask for, by name."""
    return {name: _asset(name) for name in (*SCRIPTS, "live.js", STYLE, LIBRARY, "icon.svg")}


def _asset(name: str) -> Asset:
    body = text(name).encode()
    kind = _TYPES.get(name.rpartition(".")[2], "text/plain")
    return Asset(body, kind, f'"{sha256(body).hexdigest()[:16]}"')
