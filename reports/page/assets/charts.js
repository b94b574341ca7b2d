// From a figure and its payload to what the chart library draws: one builder for each kind of figure.

import { bucketLabels, named, onAxis, written } from "./format.js";
import { accent, coloursOf } from "./colours.js";
import { along, bucketsOf, groupsOf, rowsOf } from "./rows.js";
import { base, nameAxis, timeAxis, valueAxis } from "./options.js";
import { placed } from "./labels.js";
import { medians, provisional, trend, whiskers } from "./marks.js";

const ROW = 26;

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

function area(figure, payload, theme) {
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

function columns(figure, payload, theme) {
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

function lines(figure, payload, theme) {
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

// The largest first; what is left over is in the table and the sentence: it would dwarf the rest.
function ranked(rows, key, column, kept) {
  const single = rows.filter((row) => row[key] !== "other");
  const shown = single.length ? single : rows;
  return kept ? shown : [...shown].sort((a, b) => (b[column] || 0) - (a[column] || 0));
}

function bars(figure, payload, theme, width) {
  const key = payload.keys[0];
  const { column, kind } = payload.values[0];
  const { low, high, kept } = figure.options;
  const rows = ranked(rowsOf(payload), key, column, kept);
  const names = rows.map((row) => named(row[key]));
  const colours = coloursOf(figure.palette, rows.map((row) => row[key]));
  const paint = figure.palette ? (at) => colours[at] : () => accent();
  const most = Math.max(...rows.map((row) => Math.max(row[column] || 0, row[high] || 0)));
  const option = {
    ...base(theme),
    xAxis: { ...valueAxis(theme, (value) => onAxis(value, kind)), max: most * (1 + 64 / Math.max(120, width * 0.6)) || 1, show: false },
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

function stacks(figure, payload, theme, width) {
  const rows = rowsOf(payload);
  const part = figure.parts;
  const key = payload.keys.find((name) => name !== part);
  const { column, kind } = payload.values[0];
  const parts = [...new Set(rows.map((row) => row[part]))].filter((name) => name !== "other");
  const shared = figure.palette === "category";
  const option = {
    ...base(theme),
    xAxis: { ...valueAxis(theme, (value) => onAxis(value, kind)), max: 1 },
    yAxis: nameAxis(theme, parts.map(named), Math.min(140, width * 0.3)),
  };
  option.tooltip = { ...option.tooltip, trigger: "item", valueFormatter: (value) => written(value, kind) };
  const label = (name) => ({
    show: true,
    formatter: name,
    fontSize: 11,
    color: "#111111",
    overflow: "truncate",
  });
  if (shared) {
    const groups = groupsOf(rows, key, column);
    const colours = coloursOf(figure.palette, groups);
    option.series = groups.map((name, at) => ({
      name: named(name),
      type: "bar",
      stack: "all",
      barMaxWidth: 22,
      color: colours[at],
      itemStyle: { borderColor: theme.surface, borderWidth: 0.6 },
      emphasis: { focus: "series" },
      data: parts.map((owner) => rows.find((row) => row[part] === owner && row[key] === name)?.[column] ?? 0),
    }));
    return { option, height: parts.length * 32 + 40 };
  }
  const least = figure.options.least || 0;
  const lists = parts.map((owner) => folded(rows.filter((row) => row[part] === owner), key, column, least));
  const deep = Math.max(...lists.map((list) => list.length));
  const colours = coloursOf("", Array.from({ length: deep }, (_, at) => "#" + at));
  option.series = Array.from({ length: deep }, (_, at) => ({
    type: "bar",
    stack: "all",
    barMaxWidth: 22,
    itemStyle: { borderColor: theme.surface, borderWidth: 0.8 },
    data: lists.map((list) => {
      const one = list[at];
      if (!one) return { value: 0, name: "" };
      const colour = one.name === "rest" ? coloursOf("", ["rest"])[0] : tinted(colours[at]);
      const fits = one.value * width * 0.62 > one.name.length * 6.4;
      return { value: one.value, name: one.name, itemStyle: { color: colour }, label: fits ? label(one.name) : {} };
    }),
  }));
  option.tooltip.formatter = (point) => `${escaped(point.name)}: ${written(point.value, kind)}`;
  return { option, height: parts.length * 32 + 40 };
}

function tinted(colour) {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  const lift = (one) => Math.round(one + (255 - one) * 0.45);
  return `rgb(${lift(r)},${lift(g)},${lift(b)})`;
}

function escaped(text) {
  return text.replace(/[&<>"]/g, (letter) => `&#${letter.codePointAt(0)};`);
}

function folded(rows, key, column, least) {
  const sorted = [...rows].sort((a, b) => b[column] - a[column]);
  const kept = sorted.filter((row) => row[column] >= least);
  const rest = sorted.filter((row) => row[column] < least).reduce((sum, row) => sum + row[column], 0);
  const list = kept.map((row) => ({ name: named(row[key]), value: row[column] }));
  return rest > 0 ? [...list, { name: "rest", value: rest }] : list;
}

function scatter(figure, payload, theme, width) {
  const [x, y] = payload.values;
  const key = payload.keys[0];
  const rows = rowsOf(payload).filter((row) => row[x.column] > 0 && row[y.column] > 0);
  rows.sort((a, b) => b[y.column] - a[y.column]);
  const colours = coloursOf(figure.palette, rows.map((row) => row[key]));
  const { named: all, x_cut: cutX, y_cut: cutY } = figure.options;
  const height = width < 500 ? 330 : 380;
  const spans = [x, y].map((value) => around(rows.map((row) => row[value.column])));
  const room = [width - 70, height - 60];
  const pixels = rows.map((row) => [
    room[0] * along01(row[x.column], spans[0]),
    room[1] * (1 - along01(row[y.column], spans[1])),
  ]);
  const names = rows.map((row) => (all ? named(row[key]) : named(row[key]).split("/").pop()));
  const sides = placed(pixels, names, all ? rows.length : width < 500 ? 6 : 14, room);
  const decades = (column) => {
    const logs = rows.map((row) => Math.log10(row[column]));
    return Math.max(...logs) - Math.min(...logs);
  };
  const axis = (value, title) => ({
    ...valueAxis(theme, (one) => onAxis(one, value.kind), { type: "log", logBase: decades(value.column) < 1.5 ? 2 : 10 }),
    axisLabel: { color: theme.faint, fontSize: 11, formatter: (one) => onAxis(one, value.kind), showMinLabel: false, showMaxLabel: false },
    name: title,
    nameLocation: "middle",
    nameGap: 28,
    nameTextStyle: { color: theme.faint, fontSize: 11 },
    axisLine: { show: true, lineStyle: { color: theme.line } },
  });
  const option = {
    ...base(theme),
    xAxis: { ...axis(x, x.label), ...spans[0] },
    yAxis: { ...axis(y, ""), ...spans[1] },
  };
  option.grid = { ...option.grid, bottom: 24, right: 20 };
  option.tooltip = {
    ...option.tooltip,
    trigger: "item",
    formatter: ({ data }) =>
      `${escaped(data.name)}<br>${written(data.value[0], x.kind)} per 1M tokens<br>${written(data.value[1], y.kind)} tokens`,
  };
  option.series = [
    {
      name: figure.title,
      type: "scatter",
      symbolSize: all ? 13 : 9,
      data: rows.map((row, at) => ({
        name: named(row[key]),
        value: [row[x.column], row[y.column]],
        itemStyle: { color: colours[at], borderColor: theme.text, borderWidth: 0.5 },
        label: {
          show: sides[at] !== null,
          position: sides[at] || "top",
          distance: 3,
          color: theme.text,
          fontSize: 11,
          formatter: names[at],
        },
      })),
      markLine: rows.length ? medians(theme, rows[0][cutX], rows[0][cutY]) : undefined,
    },
  ];
  const ends = figure.options.trend ? trend(rows.map((row) => [row[x.column], row[y.column]])) : null;
  if (ends) {
    option.series.push({
      name: "Trend",
      type: "line",
      silent: true,
      symbol: "none",
      data: ends,
      lineStyle: { color: theme.text, type: "dashed", width: 1.2 },
    });
  }
  return { option, height };
}

// Where a value lies between the ends of a logarithmic axis.
function along01(value, { min, max }) {
  return (Math.log(value) - Math.log(min)) / (Math.log(max) - Math.log(min));
}

function around(values) {
  return values.length ? { min: Math.min(...values) / 1.6, max: Math.max(...values) * 2.2 } : {};
}

function heat(figure, payload, theme, width, chosen) {
  const key = payload.keys[0];
  const rows = rowsOf(payload).filter((row) => row[key] === chosen && row.retention !== null && row.offset > 0);
  const cohorts = [...new Set(rows.map((row) => row.cohort))].sort();
  const offsets = [...new Set(rows.map((row) => row.offset))].sort((a, b) => a - b);
  const option = {
    ...base(theme),
    xAxis: {
      ...timeAxis(theme, offsets.map(String), true),
      position: "top",
      splitArea: { show: false },
    },
    yAxis: { ...nameAxis(theme, cohorts, 90), axisLabel: { color: theme.text, fontSize: 11 } },
    visualMap: {
      show: false,
      min: 0,
      max: Math.max(0.05, ...rows.map((row) => row.retention)),
      inRange: { color: ["#edf4fd", "#8fbdf0", "#2a78d0", "#0b3c7a"] },
    },
  };
  option.tooltip = {
    ...option.tooltip,
    formatter: ({ data }) =>
      `Cohort ${cohorts[data.value[1]]}, period ${offsets[data.value[0]]}<br>` +
      `${written(data.value[2], "share")} of ${data.n.toLocaleString("en-US")} accounts`,
  };
  const most = option.visualMap.max;
  option.series = [
    {
      name: chosen,
      type: "heatmap",
      itemStyle: { borderColor: theme.surface, borderWidth: 1 },
      data: rows.map((row) => ({
        value: [offsets.indexOf(row.offset), cohorts.indexOf(row.cohort), row.retention],
        n: row.n,
        label: {
          show: width / offsets.length > 34,
          fontSize: 10,
          color: row.retention > most * 0.55 ? "#ffffff" : "#111111",
          formatter: Math.round(row.retention * 100) + " %",
        },
      })),
    },
  ];
  return { option, height: cohorts.length * 24 + 40 };
}

const BUILDERS = { area, columns, lines, bars, stacks, scatter, heat };

export const DRAWN = Object.keys(BUILDERS);

// The option of the chart library, and how high the drawing wants to be.
export function built(figure, payload, theme, width, chosen) {
  const { option, height } = BUILDERS[figure.chart](figure, payload, theme, width, chosen);
  return { option, height: height || (width < 500 ? 240 : 290) };
}
