// What all charts share: colours of the theme, axes, tooltip.

export function themed() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(name).trim();
  return {
    text: of("--text"),
    faint: of("--faint"),
    line: of("--line"),
    surface: of("--surface"),
    shade: of("--shade"),
  };
}

export const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';

export function base(theme) {
  return {
    animation: false,
    textStyle: { fontFamily: FONT, color: theme.text },
    tooltip: {
      confine: true,
      backgroundColor: theme.surface,
      borderColor: theme.line,
      textStyle: { color: theme.text, fontSize: 12 },
      extraCssText: "max-width:22rem;white-space:normal;",
    },
    grid: { left: 8, right: 12, top: 12, bottom: 4, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
  };
}

export function timeAxis(theme, labels, gap) {
  return {
    type: "category",
    data: labels,
    boundaryGap: gap,
    axisLine: { lineStyle: { color: theme.line } },
    axisTick: { show: false },
    axisLabel: { color: theme.faint, fontSize: 11, hideOverlap: true },
  };
}

export function valueAxis(theme, write, more = {}) {
  return {
    type: "value",
    axisLabel: { color: theme.faint, fontSize: 11, formatter: write, hideOverlap: true },
    splitLine: { lineStyle: { color: theme.line } },
    ...more,
  };
}

export function nameAxis(theme, names, width) {
  return {
    type: "category",
    data: names,
    inverse: true,
    axisLine: { show: false },
    axisTick: { show: false },
    axisLabel: { color: theme.text, fontSize: 12, width, overflow: "truncate", interval: 0 },
  };
}
