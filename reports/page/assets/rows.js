// Rows of a payload as objects, and the ways charts look at them.

const REST = ["other", "others", "unknown", ""];

export function rowsOf(payload) {
  return payload.rows.map((cells) => Object.fromEntries(payload.columns.map((name, at) => [name, cells[at]])));
}

export function bucketsOf(rows) {
  return [...new Set(rows.map((row) => row.bucket))].sort();
}

// Groups of a dimension, the largest first, what is left over last.
export function groupsOf(rows, key, column) {
  const sums = new Map();
  for (const row of rows) sums.set(row[key], (sums.get(row[key]) || 0) + (row[column] || 0));
  const place = (name) => (REST.includes(name) ? REST.length - REST.indexOf(name) : 100);
  return [...sums.keys()].sort((a, b) => place(b) - place(a) || sums.get(b) - sums.get(a));
}

// The values of one group along the buckets; a bucket that says nothing of any group stays empty.
export function along(rows, buckets, column, key, name) {
  const own = new Map();
  const silent = new Set(buckets);
  for (const row of rows) {
    if (row[column] !== null && row[column] !== undefined) silent.delete(row.bucket);
    if (!key || row[key] === name) own.set(row.bucket, row[column]);
  }
  return buckets.map((bucket) => (silent.has(bucket) ? null : own.get(bucket) ?? (key ? 0 : null)));
}

// What came of a patch: some rows went from the front, some stayed, the rest is new.
export function patched(payload, change) {
  const kept = payload.rows.slice(change.drop, change.drop + change.keep);
  return { ...payload, ...change.set, rows: [...kept, ...change.rows] };
}
