// Ranked groups: bars, with an interval where there is one.

import { named, onAxis, written } from "./format.js";
import { accent, coloursOf } from "./colours.js";
import { rowsOf } from "./rows.js";
import { base, nameAxis, valueAxis } from "./options.js";
import { whiskers } from "./marks.js";

const ROW = 26;

// The largest first; what is left over is in the table and the sentence: it would dwarf the rest.
function ranked(rows, key, column, kept) {
  const single = rows.filter((row) => row[key] !== "other");
  const shown = single.length ? single : rows;
  return kept ? shown : [...shown].sort((a, b) => (b[column] || 0) - (a[column] || 0));
}

export function bars(figure, payload, theme, width) {
  const key = payload.keys[0];
  const { column, kind } = payload.values[0];
  const { low, high, kept } = figure.options;
  const rows = ranked(rowsOf(payload), key, column, kept);
  const names = rows.map((row) => named(row[key]));
  const colours = coloursOf(figure.palette, rows.map((row) => row[key]));
  const paint = figure.palette ? (at) => colours[at] : () => accent();
  const most = Math.max(...rows.map((row) => Math.max(row[column] || 0, row[high] || 0)));
  const room = 1 + 64 / Math.max(120, width * 0.6);
  const option = {
    ...base(theme),
    xAxis: { ...valueAxis(theme, (value) => onAxis(value, kind)), max: most * room || 1, show: false },
    yAxis: nameAxis(theme, names, Math.min(190, width * 0.36)),
  };
  option.tooltip = { ...option.tooltip, trigger: "item", valueFormatter: (value) => written(value, kind) };
  option.series = [
    {
      name: payload.values[0].label,
      type: "bar",
      barMaxWidth: 18,
      data: rows.map((row, at) => ({ value: row[column], itemStyle: { color: paint(at), borderRadius: 2 } })),
      label: {
        show: true,
        position: "right",
        distance: low ? 10 : 5,
        color: theme.text,
        fontSize: 11,
        formatter: (point) => written(point.value, kind),
      },
    },
  ];
  if (low) option.series.push(whiskers(theme, rows, low, high));
  return { option, height: rows.length * ROW + 24 };
}
