// Chapters, their contents, and how figures get drawn.

import { instant } from "./format.js";
import { FigureView } from "./figure.js";
import { element } from "./table.js";

export function lastSeen(payloads) {
  const times = payloads.map((payload) => payload.as_of).filter(Boolean);
  return times.length ? instant(times.sort().at(-1)) : "";
}

// Chapters with their figures below `place`; returns the views by id.
export function chapters(place, sections) {
  const views = new Map();
  for (const section of sections) {
    const made = section.figures.map((figure) => new FigureView(figure));
    for (const view of made) views.set(view.figure.id, view);
    const numbers = made.filter((view) => view.figure.chart === "numbers");
    const rest = made.filter((view) => view.figure.chart !== "numbers");
    const box = element(
      "section",
      { id: `s-${section.id}`, "aria-labelledby": `h-${section.id}` },
      element("h2", { id: `h-${section.id}` }, section.title),
      element("p", { class: "lead" }, section.lead),
    );
    if (numbers.length) box.append(element("div", { class: "numbers-row" }, ...numbers.map((view) => view.root)));
    box.append(element("div", { class: "figures" }, ...rest.map((view) => view.root)));
    place.append(box);
  }
  return views;
}

export function contents(place, sections) {
  place.append(
    ...sections.map((section) => element("li", {}, element("a", { href: `#s-${section.id}` }, section.title))),
  );
}

// Draws one figure a frame, so that the page answers while many come.
export class Drawer {
  constructor() {
    this.waiting = new Map();
  }

  put(view, payload) {
    if (!this.waiting.size) requestAnimationFrame(() => this.one());
    this.waiting.set(view, payload);
  }

  one() {
    const began = performance.now();
    for (const [view, payload] of this.waiting) {
      this.waiting.delete(view);
      view.update(payload);
      if (performance.now() - began > 12) break;
    }
    if (this.waiting.size) requestAnimationFrame(() => this.one());
  }
}

export function redrawOnResize(views) {
  let timer = 0;
  let width = window.innerWidth;
  window.addEventListener("resize", () => {
    if (window.innerWidth === width) return;
    width = window.innerWidth;
    clearTimeout(timer);
    timer = setTimeout(() => views.forEach((view) => view.resize()), 120);
  });
}
