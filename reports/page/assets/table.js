// A figure as a table, and as a file for a spreadsheet.

import { instant, named, written } from "./format.js";

const ROWS_SHOWN = 400;

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

export { element };

function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function shownColumns(payload) {
  const labels = new Map(payload.values.map((value) => [value.column, value]));
  const text = (name) => ({ column: name, label: capital(name.replaceAll("_", " ")), kind: "text" });
  return payload.columns
    .filter((name) => name !== "final" && (labels.has(name) || payload.keys.includes(name) || name === "bucket"))
    .map((name) => labels.get(name) || text(name));
}

function cellText(row, at, value) {
  if (value.column === "bucket") return instant(row[at]).replace(" 00:00:00 UTC", "");
  if (value.kind === "text" && (row[at] === null || row[at] === "")) return row[at] === "" ? named("") : "–";
  return written(row[at], value.kind);
}

export function tableOf(figure, payload) {
  const columns = shownColumns(payload);
  const at = columns.map((value) => payload.columns.indexOf(value.column));
  const numeric = (value) => value.kind !== "text";
  if (figure.options.turned) return turned(figure, payload, columns, at);
  const head = element(
    "tr",
    {},
    ...columns.map((value) => element("th", { scope: "col", class: numeric(value) ? "number" : null }, value.label)),
  );
  const rows = payload.rows.slice(0, ROWS_SHOWN);
  const body = rows.map((row) =>
    element(
      "tr",
      {},
      ...columns.map((value, place) =>
        element(
          place === 0 ? "th" : "td",
          { class: numeric(value) ? "number" : null, scope: place === 0 ? "row" : null },
          cellText(row, at[place], value),
        ),
      ),
    ),
  );
  const left = payload.rows.length - rows.length;
  const caption = left > 0 ? `${figure.title} (first ${ROWS_SHOWN} rows; the file has ${left} more)` : figure.title;
  return element(
    "table",
    {},
    element("caption", {}, caption),
    element("thead", {}, head),
    element("tbody", {}, ...body),
  );
}

// One row of many numbers reads better as many rows.
function turned(figure, payload, columns, at) {
  const body = columns.map((value, place) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, value.label),
      element("td", { class: "number" }, payload.rows.length ? cellText(payload.rows[0], at[place], value) : "–"),
    ),
  );
  return element("table", {}, element("caption", {}, figure.title), element("tbody", {}, ...body));
}

function quoted(cell) {
  const text = cell === null || cell === undefined ? "" : String(cell);
  // a leading sign of a formula is disarmed: spreadsheets run what begins like one
  const safe = typeof cell === "string" && /^[=+\-@\t]/.test(text) ? "'" + text : text;
  return /[",\n]/.test(safe) ? '"' + safe.replaceAll('"', '""') + '"' : safe;
}

export function csvOf(payload) {
  const lines = [payload.columns, ...payload.rows].map((cells) => cells.map(quoted).join(","));
  return lines.join("\n") + "\n";
}

export function download(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = element("a", { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
