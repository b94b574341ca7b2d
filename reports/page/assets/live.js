// The live page: choices, the stream of changes, and what to do with them.

import { useColours } from "./colours.js";
import { patched } from "./rows.js";
import { plainPeriod } from "./format.js";
import { chapters, contents, Drawer, lastSeen, redrawOnResize } from "./chapters.js";
import { showAlerts } from "./alerts.js";
import { element } from "./table.js";
import { useTheme } from "./theme.js";

const page = JSON.parse(document.getElementById("page").textContent);
const at = (id) => document.getElementById(id);
const asked = new URLSearchParams(location.search);
const legal = (list, value, other) => (list.includes(value) ? value : other);
const choice = {
  range: legal(page.ranges.map((one) => one.id), asked.get("range"), page.range),
  unit: legal(page.units, asked.get("unit"), page.units[0]),
};
const drawer = new Drawer();
const payloads = new Map();
let stream = null;
let views = new Map();

function picker(place, legend, name, options) {
  const inputs = options.map(({ id, label }) => {
    const input = element("input", { type: "radio", name, value: id, id: `${name}-${id}` });
    input.checked = choice[name] === id;
    input.addEventListener("change", () => {
      choice[name] = id;
      listen();
    });
    return element("span", { class: "option" }, input, element("label", { for: `${name}-${id}` }, label));
  });
  place.append(element("legend", {}, legend), ...inputs);
}

function received(payload) {
  payloads.set(payload.figure, payload);
  const view = views.get(payload.figure);
  if (view) drawer.put(view, payload);
  at("as-of").textContent = lastSeen([...payloads.values()]);
  at("empty").hidden = [...payloads.values()].some((one) => one.rows.length && one.n);
}

function listen() {
  stream?.close();
  history.replaceState(null, "", `?${new URLSearchParams(choice)}`);
  payloads.clear();
  views.forEach((view) => view.waiting());
  stream = new EventSource(`events?${new URLSearchParams(choice)}`);
  stream.addEventListener("figure", (message) => received(JSON.parse(message.data)));
  stream.addEventListener("patch", (message) => {
    const change = JSON.parse(message.data);
    received(patched(payloads.get(change.figure), change));
  });
  stream.addEventListener("state", (message) => population(JSON.parse(message.data).population));
  stream.addEventListener("alerts", (message) => showAlerts(at("alerts"), JSON.parse(message.data)));
  stream.onopen = () => state("live");
  stream.onerror = () => state("connection lost, trying again");
}

function state(words) {
  at("state").textContent = words;
  at("state").dataset.state = words === "live" ? "live" : "lost";
}

function population(said) {
  at("population").textContent = plainPeriod(said.statement);
  at("simulated").hidden = !said.simulated;
}

function start() {
  useColours(page.colours);
  population(page.population);
  if (page.notes.send) {
    at("send").textContent = page.notes.send;
    at("kafka").textContent = page.notes.kafka;
    at("how").hidden = false;
    at("send-again").textContent = page.notes.send;
  }
  picker(at("ranges"), "Period", "range", page.ranges);
  picker(at("units"), "Unit", "unit", page.units.map((unit) => ({ id: unit, label: unit === "usd" ? "USD" : unit })));
  contents(at("contents"), page.sections);
  views = chapters(at("chapters"), page.sections);
  useTheme(at("theme"), () => views.forEach((view) => view.draw()));
  redrawOnResize(views);
  listen();
}

start();
// For tests and for the curious: the figures as they are drawn.
window.tokentide = { views, payloads, choice };
