// One colour for an author wherever it appears; a model has a shade of its author's.

let table = { groups: {}, hues: [], greys: [], other: "#999999", unknown: "#c0c0c0" };

export function useColours(described) {
  table = described;
}

function hashed(name) {
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + letter.codePointAt(0)) >>> 0;
  return sum;
}

function mixed(colour, other, part) {
  const [a, b] = [colour, other].map((hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)));
  return "#" + a.map((one, at) => Math.round(one + (b[at] - one) * part).toString(16).padStart(2, "0")).join("");
}

const SHADES = [[null, 0], ["#ffffff", 0.28], ["#000000", 0.2], ["#ffffff", 0.5], ["#000000", 0.36]];

function shade(colour, place) {
  const [towards, part] = SHADES[place % SHADES.length];
  return towards ? mixed(colour, towards, part) : colour;
}

// A model's own shade, or the next that no other model of the drawing has.
function free(colour, place, taken) {
  const shades = SHADES.map((_, step) => shade(colour, place + step));
  const found = shades.find((one) => !taken.has(one)) || shades[0];
  taken.add(found);
  return found;
}

function authorColour(name) {
  return table.groups.author[name] || table.greys[hashed(name) % table.greys.length];
}

// The colours of groups in the order they are drawn; the same group always gets the same one.
export function coloursOf(palette, names) {
  const taken = new Set();
  return names.map((name, place) => {
    if (name === "other" || name === "others" || name === "rest") return table.other;
    if (name === "unknown" || name === "" || name === null) return table.unknown;
    if (palette === "author") return authorColour(name);
    if (palette === "model") {
      return free(authorColour(name.split("/")[0]), hashed(name), taken);
    }
    const known = table.groups[palette];
    if (known) return known[name] || table.greys[hashed(name) % table.greys.length];
    return table.hues[place % table.hues.length];
  });
}

export function accent() {
  return table.hues[0] || "#0970e2";
}
