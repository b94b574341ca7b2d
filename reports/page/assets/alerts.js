// The banner of alerts that stand.

import { instant } from "./format.js";
import { element } from "./table.js";

export function showAlerts(place, alerts) {
  place.replaceChildren(
    ...alerts.map((alert) =>
      element(
        "p",
        { class: `alert ${alert.urgency}` },
        element("strong", {}, alert.urgency === "page" ? "Alert" : "Notice"),
        ` ${alert.summary} `,
        element("span", { class: "when" }, `since ${instant(alert.opened_at)}`),
      ),
    ),
  );
}
