// Groups and their parts: one bar for each group.

import { escaped, named, onAxis, written } from "./format.js";
import { coloursOf } from "./colours.js";
import { groupsOf, rowsOf } from "./rows.js";
import { base, nameAxis, valueAxis } from "./options.js";

const LETTER_PX = 6.4;

export function stacks(figure, payload, theme, width) {
  const rows = rowsOf(payload);
  const part = figure.parts;
  const key = payload.keys.find((name) => name !== part);
  const { column, kind } = payload.values[0];
  const parts = [...new Set(rows.map((row) => row[part]))].filter((name) => name !== "other");
  const option = {
    ...base(theme),
    xAxis: { ...valueAxis(theme, (value) => onAxis(value, kind)), max: 1 },
    yAxis: nameAxis(theme, parts.map(named), Math.min(140, width * 0.3)),
  };
  option.tooltip = { ...option.tooltip, trigger: "item", valueFormatter: (value) => written(value, kind) };
  const found = { rows, part, key, column, parts };
  if (figure.palette) option.series = sharedParts(figure, found, theme);
  else {
    option.series = ownParts(figure, found, theme, width);
    option.tooltip.formatter = (point) => `${escaped(point.name)}: ${written(point.value, kind)}`;
  }
  return { option, height: parts.length * 32 + 40 };
}

// Every group has the same parts: a part is a series, with a colour and a place in the legend.
function sharedParts(figure, { rows, part, key, column, parts }, theme) {
  const groups = groupsOf(rows, key, column);
  const colours = coloursOf(figure.palette, groups);
  return groups.map((name, at) => ({
    name: named(name),
    type: "bar",
    stack: "all",
    barMaxWidth: 22,
    color: colours[at],
    itemStyle: { borderColor: theme.surface, borderWidth: 0.6 },
    emphasis: { focus: "series" },
    data: parts.map((owner) => rows.find((row) => row[part] === owner && row[key] === name)?.[column] ?? 0),
  }));
}

// Each group has parts of its own: colours tell places apart, and parts bear their names where there is room.
function ownParts(figure, { rows, part, key, column, parts }, theme, width) {
  const least = figure.options.least || 0;
  const lists = parts.map((owner) => folded(rows.filter((row) => row[part] === owner), key, column, least));
  const deep = Math.max(...lists.map((list) => list.length));
  const colours = coloursOf("", Array.from({ length: deep }, (_, at) => "#" + at)).map(tinted);
  return Array.from({ length: deep }, (_, at) => ({
    type: "bar",
    stack: "all",
    barMaxWidth: 22,
    itemStyle: { borderColor: theme.surface, borderWidth: 0.8 },
    data: lists.map((list) => (list[at] ? ownPart(list[at], colours[at], width) : { value: 0, name: "" })),
  }));
}

function ownPart({ name, value }, colour, width) {
  const fits = value * width * 0.62 > name.length * LETTER_PX;
  return {
    value,
    name,
    itemStyle: { color: name === "rest" ? coloursOf("", ["rest"])[0] : colour },
    label: fits ? { show: true, formatter: name, fontSize: 11, color: "#111111", overflow: "truncate" } : {},
  };
}

function tinted(colour) {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  const lift = (one) => Math.round(one + (255 - one) * 0.45);
  return `rgb(${lift(r)},${lift(g)},${lift(b)})`;
}

function folded(rows, key, column, least) {
  const sorted = [...rows].sort((a, b) => b[column] - a[column]);
  const kept = sorted.filter((row) => row[column] >= least);
  const rest = sorted.filter((row) => row[column] < least).reduce((sum, row) => sum + row[column], 0);
  const list = kept.map((row) => ({ name: named(row[key]), value: row[column] }));
  return rest > 0 ? [...list, { name: "rest", value: rest }] : list;
}
