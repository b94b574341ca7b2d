// Figures over time: stacked areas, columns, lines.

import { bucketLabels, named, onAxis, written } from "./format.js";
import { accent, coloursOf } from "./colours.js";
import { along, bucketsOf, groupsOf, rowsOf } from "./rows.js";
import { base, timeAxis, valueAxis } from "./options.js";
import { provisional } from "./marks.js";

function timed(figure, payload, theme, gap) {
  const rows = rowsOf(payload);
  const buckets = bucketsOf(rows);
  const labels = bucketLabels(buckets);
  const key = payload.keys[0];
  const kind = payload.values[0].kind;
  const option = {
    ...base(theme),
    xAxis: timeAxis(theme, labels, gap),
    yAxis: valueAxis(theme, (value) => onAxis(value, kind)),
  };
  option.tooltip = {
    ...option.tooltip,
    trigger: "axis",
    order: "valueDesc",
    valueFormatter: (value) => written(value, kind),
  };
  return { rows, buckets, labels, key, kind, option, shading: provisional(theme, rows, buckets, labels) };
}

export function area(figure, payload, theme) {
  const few = new Set(payload.rows.map((cells) => cells[0])).size < 3;
  const { rows, buckets, labels, key, option, shading } = timed(figure, payload, theme, few);
  const column = payload.values[0].column;
  const groups = groupsOf(rows, key, column);
  const colours = coloursOf(figure.palette, groups);
  option.yAxis.max = 1;
  option.series = groups.map((name, at) => ({
    name: named(name),
    type: few ? "bar" : "line",
    stack: "all",
    barMaxWidth: 90,
    symbol: "none",
    color: colours[at],
    lineStyle: { width: 0.8, color: theme.surface },
    areaStyle: few ? undefined : { color: colours[at], opacity: 1 },
    emphasis: { focus: "series" },
    data: along(rows, buckets, column, key, name),
    markArea: at === 0 ? { ...shading, z: 9 } : undefined,
  }));
  return { option, labels };
}

export function columns(figure, payload, theme) {
  const { rows, buckets, key, option } = timed(figure, payload, theme, true);
  const open = new Set(rows.filter((row) => !row.final).map((row) => row.bucket));
  const column = payload.values[0].column;
  const groups = key ? groupsOf(rows, key, column) : [null];
  const colours = key ? coloursOf(figure.palette, groups) : [accent()];
  option.series = groups.map((name, at) => ({
    name: key ? named(name) : payload.values[0].label,
    type: "bar",
    stack: "all",
    barMaxWidth: 60,
    color: colours[at],
    data: along(rows, buckets, column, key, name).map((value, place) =>
      open.has(buckets[place]) ? { value, itemStyle: { opacity: 0.5 } } : value,
    ),
  }));
  return { option };
}

export function lines(figure, payload, theme) {
  const { rows, buckets, key, option, shading } = timed(figure, payload, theme, false);
  const drawn = payload.values.slice(0, figure.drawn);
  const groups = key ? groupsOf(rows, key, drawn[0].column).filter((name) => name !== "unknown") : [null];
  const names = groups.flatMap((name) => drawn.map((value) => (key ? named(name) : value.label)));
  const colours = coloursOf(key ? figure.palette : "", names);
  const dashes = ["solid", "dashed", "dotted"];
  option.series = groups.flatMap((name, group) =>
    drawn.map((value, at) => ({
      name: names[group * drawn.length + at],
      type: "line",
      symbol: "circle",
      symbolSize: buckets.length < 3 ? 8 : 5,
      showSymbol: buckets.length < 3,
      color: colours[group * drawn.length + at],
      lineStyle: { width: 2, type: dashes[(key ? group : at) % dashes.length] },
      data: along(rows, buckets, value.column, key, name),
      markArea: group + at === 0 ? shading : undefined,
    })),
  );
  return { option };
}
