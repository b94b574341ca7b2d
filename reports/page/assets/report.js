// The report: everything is in the file.

import { useColours } from "./colours.js";
import { chapters, contents, redrawOnResize } from "./chapters.js";
import { useTheme } from "./theme.js";

function startReport() {
  const page = JSON.parse(document.getElementById("page").textContent);
  useColours(page.colours);
  contents(document.getElementById("contents"), page.sections);
  const views = chapters(document.getElementById("chapters"), page.sections);
  useTheme(document.getElementById("theme"), () => views.forEach((view) => view.draw()));
  for (const payload of page.payloads) views.get(payload.figure)?.update(payload);
  redrawOnResize(views);
  window.addEventListener("beforeprint", () => views.forEach((view) => view.resize()));
  window.tokentide = { views, payloads: new Map(page.payloads.map((one) => [one.figure, one])) };
}

startReport();
