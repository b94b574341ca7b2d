"""What a page has drawn, read from the chart library's own data."""

from typing import Any

from support.browser import Page

_DRAWN = """
const sums = {};
for (const [id, view] of window.tokentide.views) {
  const kind = view.figure.chart;
  if (view.payload.missing) sums[id] = { kind, missing: view.payload.missing };
  else if (view.chart) {
    const series = view.chart.getOption().series;
    const numbers = series.flatMap((one) => (one.data || []).flatMap((point) => {
      const value = point !== null && typeof point === "object" && !Array.isArray(point) ? point.value : point;
      return (Array.isArray(value) ? value : [value]).filter((x) => typeof x === "number" && Number.isFinite(x));
    }));
    const paths = view.drawing.querySelectorAll("svg path, svg rect, svg circle").length;
    sums[id] = { kind, series: series.length, points: numbers.length, some: numbers.some((x) => x > 0), paths };
  } else if (kind === "numbers") sums[id] = { kind, text: view.drawing.querySelector(".big").textContent };
  else sums[id] = { kind, cells: view.root.querySelectorAll(".sheet td").length };
}
return sums;
"""
_COLOURS = """
const found = [];
for (const [id, view] of window.tokentide.views) {
  if (!view.chart || view.figure.palette !== "author") continue;
  const option = view.chart.getOption();
  if (view.figure.chart === "bars") {
    option.series[0].data.forEach((point, at) => found.push([option.yAxis[0].data[at], point.itemStyle.color, id]));
  } else option.series.forEach((one) => found.push([one.name, one.color, id]));
}
return found;
"""


def drawn(page: Page) -> dict[str, dict[str, Any]]:
    """Return, by figure, what its chart holds: how many series and numbers, and whether any is above zero."""
    found: dict[str, dict[str, Any]] = page.run(_DRAWN)
    return found


def author_colours(page: Page) -> dict[str, dict[str, list[str]]]:
    """Return, by author, its colours and the figures that use each."""
    colours: dict[str, dict[str, list[str]]] = {}
    for author, colour, figure in page.run(_COLOURS):
        colours.setdefault(author, {}).setdefault(colour, []).append(figure)
    return colours


def empty_figures(found: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the figures that show nothing."""
    return {
        name: one
        for name, one in found.items()
        if not ((one.get("points") and one["some"] and one["paths"] > 2) or one.get("text") or one.get("cells"))
    }
