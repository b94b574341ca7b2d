// Cohorts of one model: how many of their accounts use it again, period by period.

import { written } from "./format.js";
import { rowsOf } from "./rows.js";
import { base, nameAxis, timeAxis } from "./options.js";

export function heat(figure, payload, theme, width, chosen) {
  const key = payload.keys[0];
  const rows = rowsOf(payload).filter((row) => row[key] === chosen);
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
