// A figure on the page: heading, definition, what it says, drawing, legend, table.

import { named, plainPeriod, written } from "./format.js";
import { rowsOf } from "./rows.js";
import { themed } from "./options.js";
import { built, DRAWN } from "./charts.js";
import { csvOf, download, element, tableOf } from "./table.js";

export class FigureView {
  constructor(figure) {
    this.figure = figure;
    this.payload = null;
    this.chart = null;
    this.hidden = new Set();
    this.chosen = null;
    this.root = this.built();
  }

  built() {
    const { id, title, chart, wide } = this.figure;
    this.title = element("h3", { id: `t-${id}` }, title);
    this.definition = this.defined();
    this.finding = element("p", { class: "finding" });
    this.drawing = element("div", { class: "drawing" });
    this.legend = element("ul", { class: "legend", "aria-label": `Legend of ${title}` });
    this.chooser = element("div", { class: "chooser" });
    this.body = element("div", { class: "body" }, this.chooser, this.drawing, this.legend);
    this.meta = element("p", { class: "meta" });
    this.tools = this.tooled();
    this.sheetBox = element("div", {
      class: "sheet",
      id: `table-${id}`,
      tabindex: "0",
      role: "region",
      "aria-label": `${title}, as a table`,
    });
    this.sheetBox.hidden = chart !== "table";
    return element(
      "figure",
      { id, class: `card ${chart}${wide ? " wide" : ""}`, "aria-labelledby": `t-${id}`, "data-state": "waiting" },
      element("div", { class: "head" }, this.title, this.definition),
      this.finding,
      this.body,
      this.sheetBox,
      element("figcaption", {}, this.meta, this.tools),
    );
  }

  defined() {
    const { id, title, metric, study, definition, caveats } = this.figure;
    const text = element(
      "div",
      { role: "tooltip", id: `def-${id}`, class: "definition" },
      element("strong", {}, title),
      element("p", {}, definition),
      ...caveats.map((caveat) => element("p", {}, caveat)),
      element("p", { class: "ids" }, `Metric ${metric}` + (study.length ? ` · study ${study.join(", ")}` : "")),
    );
    const button = element("button", { type: "button", class: "info", "aria-describedby": `def-${id}` }, "i");
    button.setAttribute("aria-label", `Definition of ${title}`);
    const box = element("span", { class: "defined" }, button, text);
    box.addEventListener("keydown", (event) => event.key === "Escape" && box.classList.add("closed"));
    for (const name of ["focusout", "mouseleave"]) box.addEventListener(name, () => box.classList.remove("closed"));
    return box;
  }

  tooled() {
    const { id, chart, title } = this.figure;
    if (chart === "numbers") return element("span", {});
    const file = element("button", { type: "button", class: "plain" }, "CSV");
    file.setAttribute("aria-label", `Download ${title} as CSV`);
    file.addEventListener("click", () => this.payload && download(`${id}.csv`, csvOf(this.payload)));
    if (chart === "table") return element("span", { class: "tools" }, file);
    this.toggle = element(
      "button",
      { type: "button", class: "plain", "aria-expanded": "false", "aria-controls": `table-${id}` },
      "Table",
    );
    this.toggle.setAttribute("aria-label", `Table of ${title}`);
    this.toggle.addEventListener("click", () => this.showTable(this.sheetBox.hidden));
    return element("span", { class: "tools" }, this.toggle, file);
  }

  showTable(open) {
    this.sheetBox.hidden = !open;
    this.toggle?.setAttribute("aria-expanded", String(open));
    this.refillTable();
  }

  refillTable() {
    if (this.sheetBox.hidden || !this.payload) return;
    this.sheetBox.replaceChildren(this.payload.rows.length ? tableOf(this.figure, this.payload) : "");
  }

  waiting() {
    this.root.dataset.state = "waiting";
    this.root.setAttribute("aria-busy", "true");
  }

  update(payload) {
    this.payload = payload;
    this.root.removeAttribute("aria-busy");
    this.root.dataset.state = payload.missing ? "missing" : "ready";
    this.root.dataset.status = payload.status;
    this.finding.textContent = payload.missing ? "" : payload.finding;
    this.meta.replaceChildren(...this.said());
    if (this.figure.chart === "table") this.sheetBox.hidden = Boolean(payload.missing);
    if (payload.missing) this.showMissing();
    else if (this.figure.chart === "table") this.drawing.replaceChildren();
    else if (this.figure.chart === "numbers") this.showNumber();
    else this.draw();
    this.refillTable();
  }

  said() {
    const { payload } = this;
    if (payload.missing) return [];
    const counts = this.figure.metric.startsWith("retention") || this.figure.metric === "multi-homing";
    const parts = [];
    if (payload.n !== null) parts.push(`n = ${payload.n.toLocaleString("en-US")} ${counts ? "accounts" : "events"}`);
    if (payload.known !== null && payload.known < 0.9995) parts.push(`${written(payload.known, "share")} carry the field`);
    if (this.figure.chart !== "numbers") parts.push(payload.population, plainPeriod(payload.period), ...payload.notes);
    const status = element("span", { class: `status ${payload.status}` }, payload.status);
    return [status, ` ${parts.join(" · ")}`];
  }

  showMissing() {
    this.chart?.dispose();
    this.chart = null;
    this.legend.replaceChildren();
    this.chooser.replaceChildren();
    this.drawing.removeAttribute("role");
    this.drawing.removeAttribute("aria-label");
    this.drawing.style.height = "";
    const how = this.payload.how ? [element("p", {}, "How to send it:"), element("code", {}, this.payload.how)] : [];
    this.drawing.replaceChildren(element("div", { class: "missing" }, element("p", {}, this.payload.missing), ...how));
  }

  showNumber() {
    const row = rowsOf(this.payload)[0];
    const value = this.payload.values[0];
    this.drawing.removeAttribute("role");
    this.drawing.replaceChildren(
      element("span", { class: "big" }, written(row[value.column], value.kind)),
      element("span", { class: "what" }, value.kind === "share" ? `of ${this.payload.unit}` : value.label),
    );
  }

  choose() {
    if (this.figure.chart !== "heat") return;
    const names = [...new Set(rowsOf(this.payload).map((row) => row[this.payload.keys[0]]))];
    if (!names.includes(this.chosen)) this.chosen = names[0];
    const id = `choose-${this.figure.id}`;
    const list = element("select", { id }, ...names.map((name) => element("option", { value: name }, named(name))));
    list.value = this.chosen;
    list.addEventListener("change", () => {
      this.chosen = list.value;
      this.draw();
    });
    if (document.activeElement?.id !== id) {
      this.chooser.replaceChildren(element("label", { for: id }, "Model"), list);
    }
  }

  draw() {
    if (!DRAWN.includes(this.figure.chart) || !this.payload || this.payload.missing) return;
    this.choose();
    const width = this.drawing.clientWidth || this.root.clientWidth || 600;
    const { option, height } = built(this.figure, this.payload, themed(), width, this.chosen);
    const old = this.drawing.style.height;
    this.drawing.style.height = `${height}px`;
    if (!this.chart) {
      this.drawing.replaceChildren();
      this.chart = window.echarts.init(this.drawing, null, { renderer: "svg" });
    } else if (old !== this.drawing.style.height) this.chart.resize();
    this.legended(option);
    this.chart.setOption(option, { notMerge: true });
    this.drawing.setAttribute("role", "img");
    this.drawing.setAttribute("aria-label", `${this.figure.title}. ${this.payload.finding}`);
  }

  // The legend is the page's own: buttons can be reached by keyboard and read aloud.
  legended(option) {
    const names = option.series.map((one) => one.name).filter(Boolean);
    const kinds = ["area", "columns", "lines", "stacks"];
    if (!kinds.includes(this.figure.chart) || names.length < 2) {
      this.legend.replaceChildren();
      return;
    }
    option.legend = { show: false, selected: Object.fromEntries(names.map((name) => [name, !this.hidden.has(name)])) };
    if (this.legend.dataset.names === names.join("|")) return;
    this.legend.dataset.names = names.join("|");
    this.legend.replaceChildren(...option.series.map((one) => this.entry(one)));
  }

  entry(series) {
    const swatch = element("span", { class: `swatch ${series.lineStyle?.type || ""}`, "aria-hidden": "true" });
    swatch.style.setProperty("--colour", series.color);
    const button = element(
      "button",
      { type: "button", "aria-pressed": String(!this.hidden.has(series.name)) },
      swatch,
      series.name,
    );
    button.addEventListener("click", () => {
      if (!this.hidden.delete(series.name)) this.hidden.add(series.name);
      button.setAttribute("aria-pressed", String(!this.hidden.has(series.name)));
      this.chart.dispatchAction({ type: "legendToggleSelect", name: series.name });
    });
    return element("li", {}, button);
  }

  resize() {
    if (!this.chart) return;
    this.chart.resize();
    this.draw();
  }
}
