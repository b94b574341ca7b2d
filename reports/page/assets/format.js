// Values as a reader sees them; `words.py` writes them the same way.

const SCALES = [[1e12, "T"], [1e9, "B"], [1e6, "M"], [1e3, "k"]];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function significant(value) {
  return Number(value.toPrecision(3)).toString();
}

function short(value) {
  for (const [scale, letter] of SCALES) {
    if (Math.abs(value) >= scale) return significant(value / scale) + letter;
  }
  return significant(value);
}

export function written(value, kind) {
  if (value === null || value === undefined) return "–";
  if (typeof value === "string") return kind === "text" && /^\d{4}-\d\d-\d\dT/.test(value) ? value.slice(0, 10) : value;
  if (kind === "share") return (value * 100).toFixed(1) + " %";
  if (kind === "price") return "$" + significant(value);
  if (kind === "usd") return "$" + short(value);
  return Number.isInteger(value) && Math.abs(value) < 1e4 ? value.toLocaleString("en-US") : short(value);
}

export function onAxis(value, kind) {
  return kind === "share" ? Math.round(value * 1000) / 10 + " %" : written(value, kind);
}

// A bucket as an axis label: hours of one day by their time, days by day and month, long stretches by month and year.
export function bucketLabels(buckets) {
  const days = new Set(buckets.map((bucket) => bucket.slice(0, 10)));
  const years = new Set(buckets.map((bucket) => bucket.slice(0, 4)));
  const clock = buckets.some((bucket) => bucket.slice(11, 16) !== "00:00");
  return buckets.map((bucket) => {
    const day = Number(bucket.slice(8, 10)) + " " + MONTHS[Number(bucket.slice(5, 7)) - 1];
    if (clock && days.size <= 2) return bucket.slice(11, 16);
    if (clock) return day + " " + bucket.slice(11, 16);
    return years.size > 1 ? day + " " + bucket.slice(0, 4) : day;
  });
}

export function instant(text) {
  return text ? text.slice(0, 19).replace("T", " ") + " UTC" : "";
}

export function named(value) {
  return value === "" || value === null || value === undefined ? "(none)" : String(value);
}

export function plainPeriod(text) {
  return text.replaceAll("T00:00:00Z", "").replaceAll(/T(\d\d:\d\d):\d\dZ/g, " $1");
}

export function escaped(text) {
  return text.replace(/[&<>"]/g, (letter) => `&#${letter.codePointAt(0)};`);
}
