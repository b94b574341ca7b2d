// Where the names of points go: beside them where there is room, nowhere where there is none.

const LETTER = 6.4;
const LINE = 14;
const SIDES = {
  right: (x, y, w) => [x + 9, y - LINE / 2, w, LINE],
  top: (x, y, w) => [x - w / 2, y - LINE - 7, w, LINE],
  left: (x, y, w) => [x - w - 9, y - LINE / 2, w, LINE],
  bottom: (x, y, w) => [x - w / 2, y + 7, w, LINE],
};

function meet([ax, ay, aw, ah], [bx, by, bw, bh]) {
  return ax < bx + bw && bx < ax + aw && ay < by + bh && by < ay + ah;
}

// For each point the side its name goes to, or null. Points are [x, y] in pixels, the most important first.
export function placed(points, names, most, room) {
  const dots = points.map(([x, y]) => [x - 5, y - 5, 10, 10]);
  const taken = [];
  return points.map(([x, y], at) => {
    if (taken.length >= most) return null;
    const width = names[at].length * LETTER;
    for (const [side, box] of Object.entries(SIDES)) {
      const wanted = box(x, y, width);
      const inside = wanted[0] >= 0 && wanted[0] + wanted[2] <= room[0] && wanted[1] >= 0 && wanted[1] + LINE <= room[1];
      if (inside && !taken.some((one) => meet(one, wanted)) && !dots.some((dot, other) => other !== at && meet(dot, wanted))) {
        taken.push(wanted);
        return side;
      }
    }
    return null;
  });
}
