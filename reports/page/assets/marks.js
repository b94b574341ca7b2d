// Marks over a drawing: what is provisional, intervals, medians, a line through points.

export function provisional(theme, rows, buckets, labels) {
  const open = new Set(rows.filter((row) => !row.final).map((row) => row.bucket));
  const first = buckets.findIndex((bucket) => open.has(bucket));
  if (first < 0) return undefined;
  const from = first === 0 || buckets.length < 3 ? first : first - 1;
  return {
    silent: true,
    itemStyle: { color: theme.shade },
    label: { show: false },
    data: [[{ xAxis: labels[from] }, { xAxis: labels[labels.length - 1] }]],
  };
}

// Whiskers of a 95 % interval on horizontal bars.
export function whiskers(theme, rows, low, high) {
  return {
    type: "custom",
    silent: true,
    z: 5,
    tooltip: { show: false },
    data: rows.map((row, at) => [at, row[low], row[high]]),
    encode: { x: [1, 2], y: 0 },
    renderItem: (params, api) => {
      if (api.value(1) === null || Number.isNaN(api.value(1))) return undefined;
      const [a, b] = [1, 2].map((at) => api.coord([api.value(at), api.value(0)]));
      const style = { stroke: theme.text, lineWidth: 1.2, opacity: 0.75 };
      const line = (x1, y1, x2, y2) => ({ type: "line", shape: { x1, y1, x2, y2 }, style });
      return {
        type: "group",
        children: [
          line(a[0], a[1], b[0], b[1]),
          line(a[0], a[1] - 4, a[0], a[1] + 4),
          line(b[0], b[1] - 4, b[0], b[1] + 4),
        ],
      };
    },
  };
}

export function medians(theme, x, y) {
  if (x === undefined || y === undefined) return undefined;
  return {
    silent: true,
    symbol: "none",
    label: { show: false },
    lineStyle: { color: theme.faint, type: "dashed", width: 1 },
    data: [{ xAxis: x }, { yAxis: y }],
  };
}

// The least-squares line through points on two logarithmic axes, as its two ends.
export function trend(points) {
  const logs = points.map(([x, y]) => [Math.log10(x), Math.log10(y)]);
  if (logs.length < 3) return null;
  const mean = (at) => logs.reduce((sum, point) => sum + point[at], 0) / logs.length;
  const [mx, my] = [mean(0), mean(1)];
  const over = logs.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
  if (!over) return null;
  const slope = logs.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0) / over;
  const ends = [Math.min(...logs.map(([x]) => x)), Math.max(...logs.map(([x]) => x))];
  return ends.map((x) => [10 ** x, 10 ** (my + slope * (x - mx))]);
}
