// Price against use: points on two logarithmic axes.

import { escaped, named, onAxis, written } from "./format.js";
import { coloursOf } from "./colours.js";
import { rowsOf } from "./rows.js";
import { base, valueAxis } from "./options.js";
import { placed } from "./labels.js";
import { medians, trend } from "./marks.js";

const NARROW = 500;

export function scatter(figure, payload, theme, width) {
  const [x, y] = payload.values;
  const rows = rowsOf(payload).filter((row) => row[x.column] > 0 && row[y.column] > 0);
  rows.sort((a, b) => b[y.column] - a[y.column]);
  const height = width < NARROW ? 330 : 380;
  const spans = [x, y].map((value) => around(rows.map((row) => row[value.column])));
  const option = {
    ...base(theme),
    xAxis: logAxis(theme, x, x.label, spans[0]),
    yAxis: logAxis(theme, y, "", spans[1]),
  };
  option.grid = { ...option.grid, bottom: 24, right: 20 };
  option.tooltip = { ...option.tooltip, trigger: "item", formatter: ({ data }) => pointText(data, x, y) };
  option.series = [spots(figure, payload, rows, theme, spans, [width, height])];
  const ends = figure.options.trend ? trend(rows.map((row) => [row[x.column], row[y.column]])) : null;
  if (ends) option.series.push(trendLine(theme, ends));
  return { option, height };
}

function spots(figure, payload, rows, theme, spans, [width, height]) {
  const [x, y] = payload.values.map((value) => value.column);
  const key = payload.keys[0];
  const { named: all, x_cut: cutX, y_cut: cutY } = figure.options;
  const room = [width - 70, height - 60];
  const pixels = rows.map((row) => [room[0] * along01(row[x], spans[0]), room[1] * (1 - along01(row[y], spans[1]))]);
  const names = rows.map((row) => (all ? named(row[key]) : named(row[key]).split("/").pop()));
  const sides = placed(pixels, names, all ? rows.length : width < NARROW ? 6 : 14, room);
  const colours = coloursOf(figure.palette, rows.map((row) => row[key]));
  const label = (at) => ({
    show: sides[at] !== null,
    position: sides[at] || "top",
    distance: 3,
    color: theme.text,
    fontSize: 11,
    formatter: names[at],
  });
  return {
    name: figure.title,
    type: "scatter",
    symbolSize: all ? 13 : 9,
    data: rows.map((row, at) => ({
      name: named(row[key]),
      value: [row[x], row[y]],
      itemStyle: { color: colours[at], borderColor: theme.text, borderWidth: 0.5 },
      label: label(at),
    })),
    markLine: rows.length ? medians(theme, rows[0][cutX], rows[0][cutY]) : undefined,
  };
}

function pointText(data, x, y) {
  const [price, use] = [written(data.value[0], x.kind), written(data.value[1], y.kind)];
  return `${escaped(data.name)}<br>${price} per 1M tokens<br>${use} tokens`;
}

function trendLine(theme, ends) {
  const lineStyle = { color: theme.text, type: "dashed", width: 1.2 };
  return { name: "Trend", type: "line", silent: true, symbol: "none", data: ends, lineStyle };
}

// Powers of ten; of two where the values are close together.
function logAxis(theme, value, title, span) {
  const write = (one) => onAxis(one, value.kind);
  const close = span.max / span.min < 120;
  return {
    ...valueAxis(theme, write, { type: "log", logBase: close ? 2 : 10 }),
    axisLabel: { color: theme.faint, fontSize: 11, formatter: write, showMinLabel: false, showMaxLabel: false },
    name: title,
    nameLocation: "middle",
    nameGap: 28,
    nameTextStyle: { color: theme.faint, fontSize: 11 },
    axisLine: { show: true, lineStyle: { color: theme.line } },
    ...span,
  };
}

// Where a value lies between the ends of a logarithmic axis.
function along01(value, { min, max }) {
  return (Math.log(value) - Math.log(min)) / (Math.log(max) - Math.log(min));
}

function around(values) {
  return values.length ? { min: Math.min(...values) / 1.6, max: Math.max(...values) * 2.2 } : {};
}
