// From a figure and its payload to what the chart library draws: one builder for each kind of figure.

import { area, columns, lines } from "./timed.js";
import { bars } from "./bars.js";
import { stacks } from "./stacks.js";
import { scatter } from "./points.js";
import { heat } from "./heat.js";

const BUILDERS = { area, columns, lines, bars, stacks, scatter, heat };

export const DRAWN = Object.keys(BUILDERS);

// The option of the chart library, and how high the drawing wants to be.
export function built(figure, payload, theme, width, chosen) {
  const { option, height } = BUILDERS[figure.chart](figure, payload, theme, width, chosen);
  return { option, height: height || (width < 500 ? 240 : 290) };
}
